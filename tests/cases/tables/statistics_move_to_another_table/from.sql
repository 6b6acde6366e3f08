CREATE TABLE member (id integer PRIMARY KEY, name text NOT NULL);
CREATE STATISTICS st ON id, name FROM member;
CREATE TABLE filled (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO filled VALUES (1, 'a');
CREATE STATISTICS st_filled ON id, name FROM filled;
