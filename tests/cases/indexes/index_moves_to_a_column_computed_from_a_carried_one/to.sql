CREATE TABLE t (a int, b bigint, c text GENERATED ALWAYS AS (b::text || 'x') STORED);
CREATE INDEX i ON t (c);
-- stops
