CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE q (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE s (id bigint, k int, v text, p_id int CONSTRAINT to_p REFERENCES p ON DELETE CASCADE DEFERRABLE, a int, b int, CONSTRAINT to_q FOREIGN KEY (a, b) REFERENCES q MATCH FULL ON UPDATE SET NULL,
 CONSTRAINT pos CHECK (k > 0), CONSTRAINT pk PRIMARY KEY (id), CONSTRAINT once UNIQUE (v, k) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT twice UNIQUE (v) DEFERRABLE);
COMMENT ON CONSTRAINT to_p ON s IS 'p';
COMMENT ON CONSTRAINT pk ON s IS 'key';
CREATE TABLE c (s_id bigint REFERENCES s (id), k int);
INSERT INTO p SELECT generate_series(1, 10);
INSERT INTO q SELECT n, n FROM generate_series(1, 10) AS n;
INSERT INTO s SELECT n, n, 'v' || n, 1 + n % 10, 1 + n % 10, 1 + n % 10 FROM generate_series(1,200) AS n;
INSERT INTO c SELECT n, n FROM generate_series(1,200) AS n;
