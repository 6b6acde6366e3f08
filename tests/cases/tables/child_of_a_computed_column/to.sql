CREATE TABLE size (width integer, area integer GENERATED ALWAYS AS (width * 2) STORED);
CREATE TABLE room (name text) INHERITS (size);
CREATE TABLE hall (width integer, area integer, name text);
CREATE VIEW wide AS SELECT name, area FROM room WHERE area > 4;
