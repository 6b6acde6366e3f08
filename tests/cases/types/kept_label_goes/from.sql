CREATE TYPE mood AS ENUM ('sad', 'good', 'fine', 'happy');
CREATE TABLE person (
    id integer PRIMARY KEY,
    m mood NOT NULL,
    CONSTRAINT schemaplan_nolabel_m CHECK (NOT (m::text IN ('fine')))
);
COMMENT ON CONSTRAINT schemaplan_nolabel_m ON person IS 'schemaplan:1 {"kind":"nolabel","labels":["fine"],"proven":true}';
INSERT INTO person VALUES (1, 'good'), (2, 'sad');
