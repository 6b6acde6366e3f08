CREATE TABLE post (id bigint PRIMARY KEY, author text NOT NULL);
