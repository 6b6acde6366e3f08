CREATE TABLE sample (
    id integer PRIMARY KEY,
    numbers integer[] NOT NULL DEFAULT '{}',
    wide integer[],
    names text[],
    flag boolean NOT NULL DEFAULT false,
    switch boolean,
    bit integer,
    ids uuid[]
);
INSERT INTO sample VALUES
    (1, '{1,2147483647,NULL}', '{{1,2},{3,-4}}', '{a,b}', true, true, 1, '{00000000-0000-0000-0000-000000000001}'),
    (2, '{}', '{}', '{}', false, NULL, 0, '{}'),
    (3, '{{1,2},{3,NULL}}', NULL, NULL, true, false, NULL, NULL);
