create table t (a text, b jsonb, c int, d text, e int[]);
create index i on t (a text_pattern_ops);
create index j on t using gin (b jsonb_path_ops);
create index k on t using hash (c);
create index l on t using gin (e);
create index m on t (a varchar_pattern_ops, d);
create table u (x jsonb);
create index n on u using gin (x jsonb_path_ops);
insert into t values ('1', null, 1, 'x', null);
