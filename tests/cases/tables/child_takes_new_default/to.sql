CREATE TABLE person (id integer NOT NULL, name text);
CREATE TABLE guest (since date, name text DEFAULT 'guest') INHERITS (person);
CREATE TABLE regular () INHERITS (guest);
CREATE TABLE former (name text DEFAULT 'former') INHERITS (guest);
