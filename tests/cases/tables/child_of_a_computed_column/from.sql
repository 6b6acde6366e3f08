CREATE TABLE size (width integer, area integer GENERATED ALWAYS AS (width * 2) STORED);
CREATE TABLE room (width integer, area integer, name text);
CREATE TABLE hall (name text) INHERITS (size);
INSERT INTO room SELECT g, g * 2, 'r' || g FROM generate_series(1, 5) AS g;
INSERT INTO hall (width, name) SELECT g, 'h' || g FROM generate_series(1, 5) AS g;
CREATE VIEW wide AS SELECT name, area FROM room WHERE area > 4;
