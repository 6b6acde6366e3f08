CREATE TABLE post (id bigint PRIMARY KEY, author bigint NOT NULL, slug text NOT NULL, CONSTRAINT post_slug UNIQUE (slug, author));
INSERT INTO post VALUES (1, 7, 'a'), (2, 7, 'b');
