CREATE TABLE topic (id bigint CONSTRAINT topic_pkey PRIMARY KEY, title text);
CREATE TABLE post (id integer PRIMARY KEY, topic_id bigint NOT NULL CONSTRAINT post_topic REFERENCES topic ON DELETE CASCADE);
INSERT INTO topic VALUES (1, 'a'), (2, 'b');
INSERT INTO post VALUES (1, 1), (2, 2);
