-- schemaplan: renamed from a
CREATE SCHEMA c;
CREATE SCHEMA b;
CREATE EXTENSION citext SCHEMA b;
CREATE EXTENSION hstore SCHEMA c;
CREATE TABLE c.t (x b.citext, y c.hstore);
