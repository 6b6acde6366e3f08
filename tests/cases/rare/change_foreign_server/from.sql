CREATE FOREIGN DATA WRAPPER nowhere OPTIONS (debug 'true', old 'x');
CREATE SERVER nowhere VERSION '1' FOREIGN DATA WRAPPER nowhere OPTIONS (host 'a', dbname 'b');
CREATE SERVER typed TYPE 'a' FOREIGN DATA WRAPPER nowhere;
CREATE USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (user 'app');
CREATE USER MAPPING FOR PUBLIC SERVER typed;
CREATE FOREIGN TABLE far (id integer OPTIONS (column_name 'ID') NOT NULL, name text) SERVER nowhere OPTIONS (table_name 'far');
