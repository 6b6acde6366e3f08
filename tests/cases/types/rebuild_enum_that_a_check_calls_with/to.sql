CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE FUNCTION good(m mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT m = 'ok' $$;
CREATE TABLE person (id int PRIMARY KEY, m mood CHECK (good(m)));
