CREATE DOMAIN state AS text CONSTRAINT known CHECK (VALUE IN ('open', 'done'));
CREATE TABLE task (id integer PRIMARY KEY, state state NOT NULL, former state);
