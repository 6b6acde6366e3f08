CREATE SEQUENCE handle_seq;
-- It finds the sequence by the search path of whoever calls.
CREATE FUNCTION new_handle() RETURNS text LANGUAGE sql AS 'SELECT ''h'' || nextval(''handle_seq'')';
CREATE TABLE member (id integer PRIMARY KEY);
INSERT INTO member VALUES (1), (2);
