-- schemaplan: renamed from t
CREATE TABLE t_old (id int PRIMARY KEY, a text);
CREATE TABLE t (id int PRIMARY KEY, b text);
