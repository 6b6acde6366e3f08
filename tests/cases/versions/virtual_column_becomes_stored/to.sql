-- needs 18
CREATE TABLE item (
    id integer PRIMARY KEY,
    net integer,
    a integer GENERATED ALWAYS AS (net * 2) STORED,
    b integer GENERATED ALWAYS AS (net * 3) VIRTUAL
);
CREATE VIEW doubled AS SELECT id, a, b FROM item;
