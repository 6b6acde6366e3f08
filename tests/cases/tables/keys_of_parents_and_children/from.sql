CREATE TABLE town (id integer PRIMARY KEY);
CREATE TABLE person (id integer NOT NULL, name text, mail text, town integer);
CREATE TABLE guest (since date, CONSTRAINT guest_once UNIQUE (name)) INHERITS (person);
CREATE TABLE visit (person integer);
INSERT INTO town SELECT generate_series(1, 5);
INSERT INTO person SELECT g, 'p' || g, 'p' || g || '@x', g FROM generate_series(1, 5) AS g;
-- Children have no share in the keys of their parents, and none in their foreign keys.
INSERT INTO guest SELECT g, 'g' || g, 'g' || g || '@x', g + 100 FROM generate_series(1, 9) AS g;
INSERT INTO visit SELECT generate_series(1, 5);
