CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok');
INSERT INTO person VALUES (1, 'sad'), (2, 'ok');
