CREATE TYPE mood AS ENUM ('sad', 'fine', 'happy');
CREATE TABLE person (
    id integer PRIMARY KEY,
    m mood NOT NULL DEFAULT 'fine',
    past mood[]
);
CREATE TABLE day (at date PRIMARY KEY, felt mood);
INSERT INTO person VALUES (1, 'fine', '{fine,sad}'), (2, 'sad', '{}'), (3, 'happy', NULL);
INSERT INTO day VALUES ('2026-01-01', 'fine'), ('2026-01-02', NULL);
