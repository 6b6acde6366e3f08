CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE TABLE person (mood mood, shown mood GENERATED ALWAYS AS (CASE WHEN mood = 'bad' THEN 'good'::mood ELSE mood END) STORED);
INSERT INTO person VALUES ('bad'), ('good');
