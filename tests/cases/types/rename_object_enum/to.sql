-- schemaplan: renamed from mood
CREATE TYPE feeling AS ENUM ('sad', 'ok');
CREATE TABLE person (id integer PRIMARY KEY, mood feeling NOT NULL DEFAULT 'ok');
