create schema x;
create extension pg_trgm schema x;
create table t (a text);
create index i on t using gin (a x.gin_trgm_ops);
