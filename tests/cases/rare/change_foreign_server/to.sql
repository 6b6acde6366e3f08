CREATE FOREIGN DATA WRAPPER nowhere OPTIONS (debug 'false', new 'y');
CREATE SERVER nowhere VERSION '2' FOREIGN DATA WRAPPER nowhere OPTIONS (host 'c', port '1');
CREATE SERVER typed TYPE 'b' FOREIGN DATA WRAPPER nowhere;
CREATE USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (user 'other');
CREATE USER MAPPING FOR PUBLIC SERVER typed;
CREATE USER MAPPING FOR pg_monitor SERVER typed OPTIONS (user 'x');
CREATE FOREIGN TABLE far (id integer OPTIONS (column_name 'Id') NOT NULL, name text, more integer) SERVER nowhere OPTIONS (schema_name 's');
-- stops
