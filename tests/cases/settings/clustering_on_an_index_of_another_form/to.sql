CREATE TABLE visit (id integer NOT NULL, page integer NOT NULL, day date);
CREATE INDEX by_page ON visit (page);
ALTER TABLE visit CLUSTER ON by_page;
ALTER TABLE visit ADD CONSTRAINT other UNIQUE (page, id);
ALTER TABLE visit REPLICA IDENTITY USING INDEX other;
