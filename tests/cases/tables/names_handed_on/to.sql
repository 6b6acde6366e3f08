-- schemaplan: renamed from a
-- schemaplan: allow breaks-clients
CREATE TABLE b (id int PRIMARY KEY, x text, extra int DEFAULT 4);
CREATE INDEX b_x_idx ON b (x);
-- schemaplan: renamed from b
-- schemaplan: allow breaks-clients
CREATE TABLE c (id int PRIMARY KEY, y bigint CHECK (y > 0), a_id int REFERENCES b);
-- schemaplan: renamed from c
-- schemaplan: allow breaks-clients
CREATE TABLE d (id serial PRIMARY KEY, z int NOT NULL, b_id int REFERENCES c);
CREATE INDEX c_y_idx ON c (y);
CREATE INDEX d_z_idx ON d (z);
CREATE TABLE a (id int PRIMARY KEY);
