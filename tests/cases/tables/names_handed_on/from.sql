CREATE TABLE a (id int PRIMARY KEY, x text);
CREATE TABLE b (id int PRIMARY KEY, y int CHECK (y > 0), a_id int REFERENCES a);
CREATE TABLE c (id serial PRIMARY KEY, z int, b_id int REFERENCES b);
CREATE INDEX b_y_idx ON b (y);
CREATE INDEX c_z_idx ON c (z);
INSERT INTO a VALUES (1,'a'); INSERT INTO b VALUES (2,7,1); INSERT INTO c(z,b_id) VALUES (1,2);
CREATE VIEW va AS SELECT a.x, b.y FROM a JOIN b ON b.a_id = a.id;
