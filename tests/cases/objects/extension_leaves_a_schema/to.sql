create extension citext; create extension hstore; create table t (a citext primary key, h hstore); create index i on t using gin (h);
