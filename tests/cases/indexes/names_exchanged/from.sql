CREATE TABLE users ( id bigint NOT NULL, email varchar(255), username varchar(100));
CREATE INDEX idx_a ON users (email);
CREATE INDEX idx_b ON users (username);
