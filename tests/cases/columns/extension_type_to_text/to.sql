CREATE TABLE person (id int PRIMARY KEY, mail text NOT NULL DEFAULT 'nobody');
CREATE INDEX person_mail ON person (mail);
