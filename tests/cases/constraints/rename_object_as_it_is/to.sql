CREATE TABLE place (id integer PRIMARY KEY, code text UNIQUE, size integer CONSTRAINT size_is_positive CHECK (size > 0));
CREATE INDEX place_by_size ON place (size DESC) WHERE size > 10;
CREATE TABLE visit (place integer REFERENCES place);
CREATE VIEW sizes AS SELECT id, code, count(*) FROM place GROUP BY id;
