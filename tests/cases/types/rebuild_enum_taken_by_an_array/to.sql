CREATE TYPE role AS ENUM ('user', 'admin');
CREATE TABLE member (id integer PRIMARY KEY, role role NOT NULL DEFAULT 'user');
CREATE TABLE post (id integer PRIMARY KEY, readers role[], editor role);
