CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> ''), visits integer DEFAULT 4);
CREATE TABLE guest (since integer, name text DEFAULT 'guest') INHERITS (person);
CREATE TABLE regular () INHERITS (guest);
INSERT INTO guest (id, name, since) SELECT g, 'g' || g, g FROM generate_series(1, 5) AS g;
