-- Forbidden already: (a, c) by the key over a, (id, c) by the primary key. Not so: (b, c), whose key may be late.
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text, UNIQUE (a, c), UNIQUE (id, c), UNIQUE (b, c));
-- The former key lets NULL through any number of times, and a column is of another type.
CREATE TABLE n (id int PRIMARY KEY, a text, b text, UNIQUE NULLS NOT DISTINCT (a), UNIQUE (a, b), UNIQUE (b));
