CREATE TABLE animal (name text, note text);
CREATE TABLE bird (wings integer) INHERITS (animal);
