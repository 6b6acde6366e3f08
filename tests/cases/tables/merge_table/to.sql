-- schemaplan: merge from profiles (bio as about, avatar) on id = profiles.user_id
CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL,
    about text,
    avatar text NOT NULL DEFAULT 'none'
);
CREATE INDEX users_avatar ON users (avatar);
CREATE VIEW people AS SELECT id, name, about AS bio FROM users;
-- stops
