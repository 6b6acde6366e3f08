CREATE TABLE visit (id integer NOT NULL, page integer NOT NULL, day date);
CREATE INDEX by_page ON visit (page) WHERE page > 0;
CREATE INDEX by_day ON visit (day);
ALTER TABLE visit CLUSTER ON by_day;
CREATE UNIQUE INDEX by_id ON visit (id);
ALTER TABLE visit REPLICA IDENTITY USING INDEX by_id;
CREATE INDEX other ON visit (day, page);
