CREATE TYPE lev AS ENUM ('low', 'medium', 'too high');
CREATE TABLE t (n int, l lev DEFAULT 'low', a lev[] DEFAULT '{low,"too high"}', CHECK (l <> ALL ('{"too high"}'::lev[])));
INSERT INTO t (n) VALUES (1);
