CREATE TABLE place (name text);
CREATE TABLE town (mayor text) INHERITS (place);
CREATE TABLE lake (name text, depth int);
INSERT INTO lake VALUES ('a', 3);
