CREATE TYPE grade AS ENUM ('a', 'b');
CREATE TYPE paper AS (g grade, n integer);
CREATE TABLE papers OF paper (PRIMARY KEY (n), g DEFAULT 'a');
CREATE INDEX papers_g ON papers (g);
