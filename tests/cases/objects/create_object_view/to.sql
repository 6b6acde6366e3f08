CREATE TABLE customer (id integer PRIMARY KEY, name text, gone boolean);
CREATE VIEW a_names AS SELECT name FROM z_living;
CREATE VIEW z_living WITH (security_barrier) AS SELECT id, name FROM customer WHERE NOT gone WITH LOCAL CHECK OPTION;
