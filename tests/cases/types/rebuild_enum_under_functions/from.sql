CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION good(m mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT m = 'ok' $$;
CREATE DOMAIN good_mood AS mood CONSTRAINT is_good CHECK (good(VALUE)) CONSTRAINT some_mood CHECK (VALUE IS NOT NULL);
CREATE TABLE person (id int PRIMARY KEY, m mood CHECK (good(m)), d good_mood);
CREATE INDEX person_good ON person (good(m));
INSERT INTO person VALUES (1, 'ok', 'ok');
