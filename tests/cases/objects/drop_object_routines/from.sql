CREATE FUNCTION longer(state text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(value) > length(state) THEN value ELSE state END $$;
CREATE AGGREGATE longest(text) (SFUNC = longer, STYPE = text, INITCOND = '');
CREATE PROCEDURE nothing() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION longer(value text) RETURNS text LANGUAGE sql AS $$ SELECT longer(value, '') $$;
