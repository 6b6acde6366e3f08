CREATE TYPE grade AS ENUM ('a', 'b', 'c');
CREATE TYPE paper AS (g grade, n integer);
CREATE TABLE papers OF paper (PRIMARY KEY (n), g DEFAULT 'a');
INSERT INTO papers VALUES ('b', 1);
CREATE INDEX papers_g ON papers (g);
