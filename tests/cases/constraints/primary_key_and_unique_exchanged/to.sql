CREATE TABLE a (id int NOT NULL PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE b (a_code text REFERENCES a (code), a_id int REFERENCES a);
