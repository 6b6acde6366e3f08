CREATE TABLE note (id bigint PRIMARY KEY, title text, body text, tag varchar(20), code text COLLATE "C");
ALTER TABLE note ALTER title SET STORAGE external, ALTER body SET STORAGE external, ALTER body SET COMPRESSION pglz, ALTER body SET STATISTICS 200, ALTER tag SET COMPRESSION pglz, ALTER code SET STORAGE main;
