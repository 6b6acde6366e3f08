CREATE TABLE entry (id integer PRIMARY KEY);
INSERT INTO entry VALUES (1);
CREATE TABLE audit (id integer);
