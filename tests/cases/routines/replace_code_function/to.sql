CREATE FUNCTION greet(who text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$ BEGIN RETURN 'good day ' || who; END $$;
CREATE PROCEDURE nothing() LANGUAGE sql AS $$ SELECT 2 $$;
