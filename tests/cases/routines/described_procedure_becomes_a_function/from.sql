CREATE PROCEDURE tidy(a integer, INOUT b integer DEFAULT 3) LANGUAGE plpgsql AS $$ BEGIN b := a; END $$;
COMMENT ON PROCEDURE tidy IS 'the nightly one';
