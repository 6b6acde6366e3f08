CREATE TABLE visit (id serial, page text NOT NULL) PARTITION BY LIST (page);
CREATE TABLE visit_home PARTITION OF visit FOR VALUES IN ('home');
INSERT INTO visit (page) VALUES ('home');
