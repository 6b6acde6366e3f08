CREATE TABLE animal (name text, age integer, weight integer);
CREATE TABLE bird (wings integer) INHERITS (animal);
CREATE INDEX bird_by_age ON bird (age, weight);
