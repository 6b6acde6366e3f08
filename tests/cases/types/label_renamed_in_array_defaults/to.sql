CREATE TYPE lev AS ENUM (
  -- schemaplan: renamed from low
  'minor',
  'medium',
  -- schemaplan: renamed from "too high"
  'critical', 'extra');
CREATE TABLE t (n int, l lev DEFAULT 'minor', a lev[] DEFAULT '{minor,critical}', CHECK (l <> ALL ('{critical}'::lev[])));
