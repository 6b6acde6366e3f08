CREATE TABLE pet (id integer PRIMARY KEY, chip integer);
CREATE TABLE register (id integer PRIMARY KEY, chip integer);
INSERT INTO pet VALUES (1, 5);
INSERT INTO register VALUES (1, 5);
