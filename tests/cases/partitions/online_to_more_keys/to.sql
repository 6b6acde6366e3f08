CREATE TABLE s (id bigint PRIMARY KEY, k integer NOT NULL, mail text NOT NULL CONSTRAINT s_mail UNIQUE, v text);
CREATE UNIQUE INDEX s_v ON s (lower(v)) WHERE v IS NOT NULL;
CREATE TABLE r (mail text REFERENCES s (mail), id bigint REFERENCES s);
