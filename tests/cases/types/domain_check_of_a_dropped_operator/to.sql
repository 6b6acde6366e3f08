CREATE DOMAIN hd AS jsonb CHECK (VALUE ? 'a');
CREATE TABLE t (d hd);
