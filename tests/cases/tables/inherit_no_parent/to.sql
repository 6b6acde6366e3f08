CREATE TABLE c (id int, b int);
