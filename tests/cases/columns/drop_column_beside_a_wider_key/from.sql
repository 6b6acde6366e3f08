CREATE TABLE person (id serial PRIMARY KEY, name text, nick text DEFAULT 'none');
CREATE TABLE note (id text PRIMARY KEY, body text);
INSERT INTO person (name, nick) VALUES ('Ann', 'a'), ('Ben', NULL);
