CREATE TYPE entry AS (id bigint, name text, v numeric(8,4), at date);
CREATE TABLE one OF entry (PRIMARY KEY (id), name WITH OPTIONS DEFAULT 'b' NOT NULL);
CREATE TABLE two OF entry (CHECK (v >= 0), UNIQUE (at));
CREATE VIEW names AS SELECT name, v, at FROM one;
