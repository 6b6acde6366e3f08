CREATE TABLE n (id int PRIMARY KEY, path text);
