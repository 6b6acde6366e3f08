CREATE TABLE a (x int);
CREATE TABLE b (x int, CONSTRAINT taken UNIQUE (x));
CREATE TABLE c (x int, CONSTRAINT also_taken UNIQUE (x));
-- stops
