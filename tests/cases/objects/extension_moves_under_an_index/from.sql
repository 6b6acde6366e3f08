create schema x;
create extension pg_trgm schema public;
create table t (a text);
create index i on t using gin (a gin_trgm_ops);
insert into t values ('abc');
