CREATE TABLE visit (id bigint NOT NULL, page text NOT NULL);
