CREATE TABLE person (id bigint PRIMARY KEY, name varchar(9));
CREATE TABLE guest () INHERITS (person);
INSERT INTO guest SELECT g, 'g' || g FROM generate_series(1, 5) AS g;
