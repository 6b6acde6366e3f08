CREATE TABLE town (id integer PRIMARY KEY);
CREATE TABLE person (id integer NOT NULL, name text, mail text, town integer REFERENCES town,
    CONSTRAINT person_pkey PRIMARY KEY (id));
CREATE UNIQUE INDEX person_mail ON person (mail);
CREATE TABLE guest (since date, CONSTRAINT guest_pkey PRIMARY KEY (id), CONSTRAINT guest_once UNIQUE (name, mail)) INHERITS (person);
CREATE TABLE visit (person integer REFERENCES person);
