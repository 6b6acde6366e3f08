CREATE TABLE sale (id integer NOT NULL, shop text NOT NULL, CONSTRAINT sale_id_check CHECK (id > 0)) PARTITION BY LIST (shop);
CREATE TABLE sale_north PARTITION OF sale FOR VALUES IN ('north');
CREATE INDEX sale_by_id ON sale (id) WITH (fillfactor = 70);
CREATE TABLE sale_south (id integer NOT NULL, shop text NOT NULL);
