CREATE TYPE st AS ENUM ('a', 'b');
CREATE TABLE t (b st[]);
