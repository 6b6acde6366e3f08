CREATE TABLE note (id integer NOT NULL, body text);
