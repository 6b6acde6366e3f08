CREATE SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
CREATE TABLE item (id integer PRIMARY KEY, tags text DEFAULT '', name text NOT NULL);
INSERT INTO item VALUES (1, '"a"=>"1"', 'one'), (2, NULL, 'two');
