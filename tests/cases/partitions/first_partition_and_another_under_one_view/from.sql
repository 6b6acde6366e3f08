CREATE TABLE o (id bigint, k integer NOT NULL, PRIMARY KEY (id, k));
CREATE TABLE i (id bigint, o_id bigint, k integer NOT NULL, PRIMARY KEY (id, k));
CREATE TABLE z (o_id bigint, k integer, FOREIGN KEY (o_id, k) REFERENCES o ON DELETE CASCADE);
CREATE VIEW ov AS SELECT o.id, i.id AS i FROM o JOIN i ON i.o_id = o.id;
CREATE VIEW oo AS SELECT o.id FROM o;
INSERT INTO o SELECT n, n % 10 FROM generate_series(1,50) n;
INSERT INTO z SELECT n, n % 10 FROM generate_series(1,50) n;
