CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL
);
-- schemaplan: split from users (bio, avatar) on user_id = users.id
CREATE TABLE profiles (
    user_id integer PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    bio text,
    avatar text
);
-- stops
