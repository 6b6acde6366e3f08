CREATE TABLE login (
    id text NOT NULL,
    provider text NOT NULL,
    seen date,
    PRIMARY KEY (provider, id)
);
CREATE INDEX login_id ON login (id);
CREATE VIEW logins AS SELECT id, seen FROM login;

CREATE TABLE route (
    id int PRIMARY KEY,
    first int,
    second text NOT NULL
);
CREATE INDEX by_first ON route (first);
CREATE INDEX by_second ON route (second);

CREATE TABLE event (
    id int,
    day int NOT NULL
) PARTITION BY RANGE (day);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
CREATE INDEX event_by ON event (id);
