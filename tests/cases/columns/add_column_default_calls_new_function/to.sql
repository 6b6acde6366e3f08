-- The function comes by the same plan, and before the column.
CREATE FUNCTION some_number() RETURNS integer LANGUAGE sql AS 'SELECT trunc(random() * 1000)::integer';
CREATE TABLE member (id integer PRIMARY KEY, draw integer NOT NULL DEFAULT some_number());
