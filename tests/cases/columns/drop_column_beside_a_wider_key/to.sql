CREATE TABLE person (id bigserial PRIMARY KEY, name text);
CREATE TABLE note (id uuid PRIMARY KEY, body text, at timestamptz);
