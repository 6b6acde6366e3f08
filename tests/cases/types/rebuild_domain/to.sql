CREATE DOMAIN amount AS bigint CONSTRAINT positive CHECK (VALUE > 0);
COMMENT ON DOMAIN amount IS 'money';
CREATE TABLE invoice (id integer PRIMARY KEY, total amount NOT NULL DEFAULT 5, parts amount[]);
CREATE INDEX ON invoice (total);
CREATE VIEW totals AS SELECT id, total FROM invoice;
CREATE FUNCTION twice(amount) RETURNS bigint LANGUAGE sql AS 'SELECT $1 * 2';
