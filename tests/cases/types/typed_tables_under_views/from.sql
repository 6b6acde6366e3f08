CREATE TYPE entry AS (id int, name varchar(20), v numeric(6,2), gone date);
CREATE TABLE one OF entry (PRIMARY KEY (id), name WITH OPTIONS DEFAULT 'a');
CREATE TABLE two OF entry (CHECK (v > 0), UNIQUE (gone));
CREATE VIEW names AS SELECT name, v FROM one;
INSERT INTO one VALUES (1, 'a', 1);
