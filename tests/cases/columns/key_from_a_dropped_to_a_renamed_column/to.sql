create table t (
 -- schemaplan: renamed from u
 p int, constraint k unique (p));
