CREATE TABLE note (id integer, body text, PRIMARY KEY (id));
