CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE profiles (
    user_id integer PRIMARY KEY REFERENCES users,
    bio text,
    avatar text NOT NULL DEFAULT 'none',
    seen date
);
CREATE INDEX profiles_avatar ON profiles (avatar);
CREATE VIEW people AS SELECT users.id, name, bio FROM users LEFT JOIN profiles ON user_id = users.id;
INSERT INTO users VALUES (1, 'ada'), (2, 'bob'), (3, 'cyd'), (4, 'dan');
INSERT INTO profiles VALUES (1, 'counts', 'a.png', '2024-01-01'), (2, NULL, 'b.png', NULL), (3, NULL, DEFAULT, NULL);
