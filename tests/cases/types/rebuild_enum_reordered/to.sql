CREATE TYPE mood AS ENUM ('sad', 'ok');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TABLE person (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'ok', former mood[]);
CREATE INDEX person_mood_idx ON person (mood);
CREATE VIEW sad_person AS SELECT id, mood FROM person WHERE mood = 'sad';
