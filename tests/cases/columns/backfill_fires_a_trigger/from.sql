CREATE FUNCTION describe(id integer) RETURNS text LANGUAGE sql AS 'SELECT ''order '' || id';
-- It finds `describe` by the search path of whoever writes.
CREATE FUNCTION say_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE DEBUG '%', describe(NEW.id);
    RETURN NEW;
END$$;
CREATE TABLE orders (id integer PRIMARY KEY, total integer);
INSERT INTO orders VALUES (1, 10), (2, 20);
CREATE TRIGGER orders_say BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION say_change();
