CREATE FUNCTION longer(state text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(value) > length(state) THEN value ELSE state END $$;
CREATE AGGREGATE longest(text) (SFUNC = longer, STYPE = text, INITCOND = '');
CREATE TABLE word (w text);
CREATE VIEW longest_word AS SELECT longest(w) AS w FROM word;
