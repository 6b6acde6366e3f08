CREATE TYPE mood AS ENUM ('ok', 'sad');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TABLE person (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok', former mood[]);
INSERT INTO person VALUES (1, 'sad', '{ok,sad}'), (2, 'ok', NULL);
CREATE INDEX person_mood_idx ON person (mood);
CREATE VIEW sad_person AS SELECT id, mood FROM person WHERE mood = 'sad';
