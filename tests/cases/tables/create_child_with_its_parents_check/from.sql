CREATE TABLE animal (name text, CONSTRAINT named CHECK (name <> ''));
