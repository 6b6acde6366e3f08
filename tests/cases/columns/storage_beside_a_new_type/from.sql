CREATE TABLE note (id bigint PRIMARY KEY, title varchar(100), body varchar(100), tag varchar(10), code text);
ALTER TABLE note ALTER title SET STORAGE main, ALTER body SET STORAGE external, ALTER body SET COMPRESSION pglz, ALTER body SET STATISTICS 500, ALTER code SET STORAGE main;
INSERT INTO note VALUES (1, 'a', 'b', 'c', 'd');
