CREATE DOMAIN positive AS integer DEFAULT 1 CONSTRAINT above_zero CHECK (VALUE >= 1) CONSTRAINT below CHECK (VALUE < 100);
CREATE TABLE basket (id integer PRIMARY KEY, size positive);
