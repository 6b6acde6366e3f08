CREATE TABLE note (id integer PRIMARY KEY, code text DEFAULT 'b', made timestamptz DEFAULT now(), size integer);
