CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE reading (id integer PRIMARY KEY, span float_range);
