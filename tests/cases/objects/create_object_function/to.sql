CREATE FUNCTION with_tax(amount numeric, rate numeric DEFAULT 0.2) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT amount * (1 + rate) $$;
CREATE TABLE price (id integer PRIMARY KEY, amount numeric);
CREATE FUNCTION dearest() RETURNS price LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $body$
DECLARE
    found price;
BEGIN
    SELECT * INTO found FROM price ORDER BY with_tax(amount) DESC LIMIT 1;
    RETURN found;
END
$body$;
CREATE FUNCTION prices() RETURNS TABLE (id integer, amount numeric) LANGUAGE sql BEGIN ATOMIC SELECT p.id, p.amount FROM price AS p; END;
