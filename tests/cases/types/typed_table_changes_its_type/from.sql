CREATE TYPE address AS (id int, street text);
CREATE TYPE longer_address AS (id int, street text, zip text);
CREATE TABLE a OF address (PRIMARY KEY (id));
CREATE TABLE b OF longer_address (PRIMARY KEY (id));
CREATE TABLE c OF address (PRIMARY KEY (id));
INSERT INTO a VALUES (1, 'x');
INSERT INTO b VALUES (1, 'x', 'y');
INSERT INTO c VALUES (1, 'x');
