CREATE TABLE animal (name text);
CREATE TABLE bird (wings integer) INHERITS (animal);
