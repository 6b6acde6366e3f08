CREATE TABLE m (id integer, part text, val text, PRIMARY KEY (id, part), CONSTRAINT m_val UNIQUE (part, val)) PARTITION BY LIST (part);
CREATE TABLE m1 PARTITION OF m FOR VALUES IN ('1');
CREATE TABLE m2 PARTITION OF m FOR VALUES IN ('2');
INSERT INTO m VALUES (1, '1', 'a'), (2, '2', 'b');
