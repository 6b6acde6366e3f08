CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "happy"');
CREATE TABLE note (id integer PRIMARY KEY);
CREATE TABLE person (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok');
