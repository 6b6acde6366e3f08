CREATE TABLE sample (
    id integer PRIMARY KEY,
    numbers text[] NOT NULL DEFAULT '{}',
    wide bigint[],
    names varchar[],
    flag integer NOT NULL DEFAULT 0,
    switch text,
    bit boolean,
    ids text[]
);
