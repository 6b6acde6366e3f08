CREATE TABLE log (id integer PRIMARY KEY, line text);
CREATE PROCEDURE write_log(INOUT number integer, line text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log VALUES (number, write_log.line);
END
$$;
