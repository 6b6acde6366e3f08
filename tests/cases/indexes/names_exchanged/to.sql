CREATE TABLE users ( id bigint NOT NULL, email varchar(255), username varchar(100));
-- schemaplan: renamed from idx_b
CREATE INDEX idx_a ON users (username);
-- schemaplan: renamed from idx_a
CREATE INDEX idx_b ON users (email);
