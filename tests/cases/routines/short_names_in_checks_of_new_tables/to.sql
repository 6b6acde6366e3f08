CREATE TABLE x (id bigint);
CREATE FUNCTION f(i bigint) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true FROM x WHERE x.id = i $$;
CREATE TABLE y (x_id bigint CHECK (f(x_id)));
