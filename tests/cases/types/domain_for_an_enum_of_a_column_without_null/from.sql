CREATE TYPE state AS ENUM ('open', 'done');
CREATE TABLE task (id integer PRIMARY KEY, state state DEFAULT 'open', former state NOT NULL);
INSERT INTO task VALUES (1, 'open', 'done');
