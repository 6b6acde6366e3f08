CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION mood_other(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE TABLE felt (id integer PRIMARY KEY, mood mood);
CREATE VIEW felt_number AS SELECT id, mood::integer AS number FROM felt;
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
