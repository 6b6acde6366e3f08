-- An index that the undo makes again takes no function that reads the clock.
CREATE FUNCTION rank(score integer, published timestamp) RETURNS double precision LANGUAGE sql STABLE
    AS 'SELECT score / (1 + extract(epoch FROM now() - published))';
CREATE TABLE post (id integer PRIMARY KEY, score integer NOT NULL, published timestamp NOT NULL);
