CREATE TABLE a (id serial PRIMARY KEY, n text);
CREATE TABLE b (a int REFERENCES a);
CREATE SEQUENCE numbers;
CREATE TABLE c (id int NOT NULL DEFAULT nextval('numbers'), n text);
