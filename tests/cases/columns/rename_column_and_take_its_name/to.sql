CREATE TABLE login (
    -- schemaplan: renamed from id
    -- schemaplan: allow breaks-clients
    provider_id text NOT NULL,
    provider text NOT NULL,
    seen date,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    PRIMARY KEY (id),
    CONSTRAINT login_once UNIQUE (provider, provider_id)
);
CREATE INDEX login_id ON login (provider_id);
CREATE VIEW logins AS SELECT provider_id AS id, seen FROM login;

CREATE TABLE route (
    id int PRIMARY KEY,
    first date DEFAULT '2020-01-01',
    -- schemaplan: renamed from first
    -- schemaplan: allow breaks-clients
    second int,
    -- schemaplan: renamed from second
    -- schemaplan: allow breaks-clients
    third text NOT NULL
);
CREATE INDEX by_first ON route (second);
CREATE INDEX by_second ON route (third);
CREATE INDEX by_date ON route (first);

CREATE TABLE event (
    -- schemaplan: renamed from id
    -- schemaplan: allow breaks-clients
    number int,
    day int NOT NULL,
    id bigint
) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE INDEX event_by ON event (number);
CREATE INDEX event_by_id ON event (id);
