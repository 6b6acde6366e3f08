CREATE TABLE keyless (n int);
CREATE TABLE keyed (id int PRIMARY KEY);
