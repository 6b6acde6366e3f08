CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL);
CREATE INDEX clustering ON t (a, b);
CREATE UNIQUE INDEX identifying ON t (a, b);
ALTER TABLE t CLUSTER ON clustering;
ALTER TABLE t REPLICA IDENTITY USING INDEX identifying;
