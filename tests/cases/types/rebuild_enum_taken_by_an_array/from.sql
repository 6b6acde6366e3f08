CREATE TYPE role AS ENUM ('user', 'admin', 'guest');
CREATE TABLE member (id integer PRIMARY KEY, role role NOT NULL DEFAULT 'user');
CREATE TABLE post (id integer PRIMARY KEY, readers text[], editor text);
INSERT INTO member VALUES (1, 'user'), (2, 'admin');
INSERT INTO post VALUES (1, '{user,admin}', 'admin'), (2, NULL, NULL);
