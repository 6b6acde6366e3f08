CREATE TYPE e AS ENUM ('a',
  -- schemaplan: renamed from b
  'bb');
CREATE TABLE t (id int PRIMARY KEY, m e DEFAULT 'bb');
