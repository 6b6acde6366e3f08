CREATE TABLE a (id int NOT NULL UNIQUE, code text NOT NULL PRIMARY KEY);
CREATE TABLE b (a_code text REFERENCES a, a_id int REFERENCES a (id));
