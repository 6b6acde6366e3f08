-- needs 15
CREATE TABLE item (
    id integer PRIMARY KEY,
    a integer CONSTRAINT a_key UNIQUE NULLS NOT DISTINCT,
    b integer CONSTRAINT b_key UNIQUE,
    c integer
);
CREATE UNIQUE INDEX item_c ON item (c) NULLS NOT DISTINCT;
