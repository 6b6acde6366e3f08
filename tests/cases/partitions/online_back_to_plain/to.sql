CREATE TABLE s (id bigserial PRIMARY KEY, k integer NOT NULL, v text);
CREATE INDEX s_v ON s (v);
