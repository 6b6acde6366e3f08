-- needs 18
CREATE TABLE item (
    id integer PRIMARY KEY,
    net integer,
    a integer GENERATED ALWAYS AS (net * 2) VIRTUAL,
    b integer GENERATED ALWAYS AS (net * 3) STORED
);
CREATE VIEW doubled AS SELECT id, a, b FROM item;
INSERT INTO item VALUES (1, 2);
