CREATE TYPE mood AS ENUM ('angry', 'sad', 'so-so', 'ok', 'happy');
CREATE TABLE person (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok');
