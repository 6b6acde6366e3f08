CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE s (id bigint, k integer NOT NULL, region text NOT NULL, p_id bigint REFERENCES p, parent bigint, parent_k integer, parent_region text, PRIMARY KEY (id, k, region), FOREIGN KEY (parent, parent_k, parent_region) REFERENCES s) PARTITION BY LIST (region);
CREATE INDEX s_p ON s (p_id);
CREATE TABLE s_p0 PARTITION OF s FOR VALUES IN ('eu') PARTITION BY HASH (id);
CREATE TABLE s_p0_a PARTITION OF s_p0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE s_p0_b PARTITION OF s_p0 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE s_rest PARTITION OF s DEFAULT;
