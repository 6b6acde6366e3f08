CREATE TABLE t (a bigint, twice bigint GENERATED ALWAYS AS (a * 2) STORED, said text);
