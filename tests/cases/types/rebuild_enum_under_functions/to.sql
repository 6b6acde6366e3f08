CREATE TYPE mood AS ENUM ('ok', 'happy');
CREATE FUNCTION good(m mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT m IN ('ok', 'happy') $$;
CREATE DOMAIN good_mood AS mood DEFAULT 'ok' CONSTRAINT is_good CHECK (good(VALUE));
CREATE TABLE person (id int PRIMARY KEY, m mood DEFAULT 'happy' CHECK (good(m)), d good_mood);
CREATE INDEX person_good ON person (good(m));
