CREATE TABLE price (net bigint, gross int, code varchar(20), label text DEFAULT 'none' NOT NULL, doubled bigint GENERATED ALWAYS AS (net * 2) STORED UNIQUE);
