CREATE TABLE base (id bigint NOT NULL, note text);
CREATE TABLE middle (extra int) INHERITS (base);
CREATE TABLE leaf (more text) INHERITS (middle);
CREATE VIEW leaves AS SELECT * FROM leaf;
CREATE INDEX leaf_note ON leaf (lower(note));
CREATE TABLE part (id bigint, k int) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE VIEW ones AS SELECT id FROM part_1;
