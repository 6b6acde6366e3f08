-- until 16
CREATE TABLE e (id int, name varchar(10));
CREATE FUNCTION l(i integer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT e.name FROM e WHERE e.id = i $$;
CREATE MATERIALIZED VIEW m AS SELECT id, l(id) AS label FROM e;
CREATE UNIQUE INDEX mi ON m (id);
