CREATE DOMAIN word AS varchar(20);
CREATE TABLE parent (id integer, w word DEFAULT 'x', o word COLLATE "POSIX", l word[] COLLATE "POSIX");
CREATE TABLE child () INHERITS (parent);
CREATE TABLE bare () INHERITS (parent);
ALTER TABLE child ALTER w SET DEFAULT 'y', ALTER o SET DEFAULT 'z';
ALTER TABLE bare ALTER w DROP DEFAULT;
CREATE TABLE split (id integer, w word) PARTITION BY RANGE (id);
CREATE TABLE split_1 PARTITION OF split (w DEFAULT 'p') FOR VALUES FROM (0) TO (10);
