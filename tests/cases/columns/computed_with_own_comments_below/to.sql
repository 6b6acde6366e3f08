CREATE TABLE sale (
    id int NOT NULL,
    year int NOT NULL,
    net int,
    gross int GENERATED ALWAYS AS (net * 3) STORED
) PARTITION BY RANGE (year);
CREATE TABLE sale_1 PARTITION OF sale FOR VALUES FROM (0) TO (10);
COMMENT ON COLUMN sale.gross IS 'in cents';
COMMENT ON COLUMN sale_1.gross IS 'in old pence';

CREATE TABLE animal (
    weight int,
    food int
);
CREATE TABLE cat () INHERITS (animal);
COMMENT ON COLUMN cat.food IS 'fish';
