CREATE TABLE sale (id integer NOT NULL, shop text NOT NULL) PARTITION BY LIST (shop);
CREATE TABLE sale_north PARTITION OF sale FOR VALUES IN ('north');
CREATE TABLE sale_south PARTITION OF sale FOR VALUES IN ('south');
