CREATE TABLE topic (id integer CONSTRAINT thread_pkey PRIMARY KEY, title text);
CREATE TABLE post (id integer PRIMARY KEY, topic_id integer NOT NULL);
