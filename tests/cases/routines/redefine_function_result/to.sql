CREATE TABLE customer (id integer PRIMARY KEY, name text);
CREATE FUNCTION score(id integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT id * 2::bigint $$;
CREATE VIEW scored AS SELECT id, score(id) AS score FROM customer;
