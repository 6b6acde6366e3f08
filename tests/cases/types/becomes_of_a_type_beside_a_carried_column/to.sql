CREATE TYPE entry AS (id bigint, name text, n bigint);
CREATE TABLE t OF entry (PRIMARY KEY (id), n NOT NULL, CHECK (n > 0));
