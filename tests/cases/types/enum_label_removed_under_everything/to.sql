CREATE TYPE state AS ENUM ('new', 'sent', 'paid');
COMMENT ON TYPE state IS 'where an order stands';
CREATE TABLE item (
    id integer PRIMARY KEY,
    state state NOT NULL DEFAULT 'new',
    former state,
    CONSTRAINT not_back CHECK (former IS DISTINCT FROM state OR state = 'new')
);
CREATE INDEX item_open ON item (id) WHERE state = 'new';
CREATE INDEX item_state ON item (state, id);
CREATE TABLE parcel (id integer PRIMARY KEY, state state UNIQUE);
CREATE VIEW open_items AS SELECT id, state FROM item WHERE state <> 'paid';
CREATE FUNCTION is_done(state) RETURNS boolean LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT $1 = 'sent'; END;
-- stops
