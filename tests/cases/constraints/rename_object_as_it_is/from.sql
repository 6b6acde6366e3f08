CREATE TABLE place (id integer CONSTRAINT place_id PRIMARY KEY, code text CONSTRAINT code_once UNIQUE, size integer CHECK (size > 0));
CREATE INDEX by_size ON place (size DESC) WHERE size > 10;
CREATE TABLE visit (place integer CONSTRAINT at REFERENCES place);
CREATE VIEW sizes AS SELECT id, code, count(*) FROM place GROUP BY id;
