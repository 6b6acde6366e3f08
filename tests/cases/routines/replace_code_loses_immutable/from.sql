CREATE FUNCTION rank(score integer, published timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE
    AS 'SELECT score / (1 + extract(epoch FROM published))';
CREATE TABLE post (id integer PRIMARY KEY, score integer NOT NULL, published timestamp NOT NULL);
INSERT INTO post VALUES (1, 5, '2020-01-01');
CREATE INDEX post_rank ON post (rank(score, published));
