CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE guest (name text DEFAULT 'guest') INHERITS (person);
CREATE TABLE regular () INHERITS (guest);
