CREATE TABLE place (name text, area int DEFAULT 1);
CREATE TABLE town (mayor text) INHERITS (place);
CREATE TABLE lake (depth int) INHERITS (place);
