CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (mood mood, shown mood GENERATED ALWAYS AS (CASE WHEN mood = 'bad' THEN 'good'::mood ELSE mood END) STORED);
