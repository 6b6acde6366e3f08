CREATE EXTENSION citext;
CREATE TABLE person (id int PRIMARY KEY, mail citext NOT NULL DEFAULT 'nobody');
CREATE INDEX person_mail ON person (mail);
INSERT INTO person VALUES (1, 'Q@example.org');
