create table t (a int, b text, c bigint, d varchar(10), e text);
create index i on t (a);
create index j on t using hash (b);
create index k on t (c);
create index l on t (e text_pattern_ops);
create index m on t (d text_pattern_ops);
create table u (x json);
