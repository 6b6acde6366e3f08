CREATE TABLE t (id int PRIMARY KEY, x int);
CREATE TABLE l (id int, x int);
CREATE RULE r AS ON INSERT TO t DO INSTEAD INSERT INTO l VALUES (new.id, new.x) RETURNING l.id, l.x;
