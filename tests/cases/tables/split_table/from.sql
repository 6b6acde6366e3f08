CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL,
    bio text,
    avatar text
);
INSERT INTO users VALUES (1, 'ada', 'counts', 'a.png'), (2, 'bob', NULL, 'b.png'), (3, 'cyd', NULL, NULL);
