CREATE TABLE a (id int, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
COMMENT ON TABLE a IS 'ours';
CREATE TABLE b (updated_at date, created_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50);
COMMENT ON TABLE b IS 'ours';
