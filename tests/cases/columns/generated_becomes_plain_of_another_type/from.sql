CREATE TABLE reading (id integer PRIMARY KEY, half integer, whole integer GENERATED ALWAYS AS (half * 2) STORED);
CREATE INDEX reading_whole ON reading (whole);
INSERT INTO reading VALUES (1, 4), (2, 5);
