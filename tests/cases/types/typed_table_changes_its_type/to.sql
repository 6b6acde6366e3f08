CREATE TYPE address AS (id int, street text);
CREATE TYPE longer_address AS (id int, street text, zip text);
CREATE TABLE a OF longer_address (PRIMARY KEY (id));
CREATE TABLE b OF address (PRIMARY KEY (id));
CREATE TABLE c (id bigint PRIMARY KEY, number int);
