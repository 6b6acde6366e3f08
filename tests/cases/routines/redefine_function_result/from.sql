CREATE TABLE customer (id integer PRIMARY KEY, name text);
INSERT INTO customer VALUES (1, 'Ada');
CREATE FUNCTION score(id integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT id * 2 $$;
CREATE VIEW scored AS SELECT id, score(id) AS score FROM customer;
