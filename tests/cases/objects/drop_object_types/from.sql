CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE address AS (street text, town text);
CREATE TYPE float_range AS RANGE (subtype = float8);
CREATE COLLATION german (provider = icu, locale = 'de');
COMMENT ON TYPE mood IS 'how one feels';
