CREATE TABLE ticket (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
CREATE TABLE stub (id serial PRIMARY KEY, note text);
