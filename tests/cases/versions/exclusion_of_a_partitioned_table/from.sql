-- needs 17
CREATE EXTENSION btree_gist;
CREATE TABLE booking (room integer, during int4range) PARTITION BY LIST (room);
CREATE TABLE booking_1 PARTITION OF booking FOR VALUES IN (1);
INSERT INTO booking VALUES (1, '[2,3)');
