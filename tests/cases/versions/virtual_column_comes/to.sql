-- needs 18
CREATE TABLE item (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    note text,
    gross integer GENERATED ALWAYS AS (net * 2),
    CONSTRAINT gross_is_positive CHECK (gross > 0)
);
