CREATE TABLE animal (name text, CONSTRAINT named CHECK (name <> ''));
CREATE TABLE bird (wings integer, CONSTRAINT named CHECK (name <> '')) INHERITS (animal);
