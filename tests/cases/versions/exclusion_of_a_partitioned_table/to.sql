-- needs 17
CREATE EXTENSION btree_gist;
CREATE TABLE booking (
    room integer,
    during int4range,
    CONSTRAINT no_clash EXCLUDE USING gist (room WITH =, during WITH &&)
) PARTITION BY LIST (room);
CREATE TABLE booking_1 PARTITION OF booking FOR VALUES IN (1);
CREATE TABLE booking_2 PARTITION OF booking FOR VALUES IN (2);
