-- needs 15
CREATE TABLE becomes_unlogged (id bigint GENERATED ALWAYS AS IDENTITY, n serial);
CREATE UNLOGGED TABLE becomes_logged (id bigint GENERATED ALWAYS AS IDENTITY, n serial);
ALTER SEQUENCE becomes_logged_id_seq SET LOGGED;
ALTER SEQUENCE becomes_logged_n_seq SET LOGGED;
CREATE TABLE stays (id bigint GENERATED ALWAYS AS IDENTITY, other bigint GENERATED ALWAYS AS IDENTITY, late bigint NOT NULL);
ALTER SEQUENCE stays_other_seq SET UNLOGGED;
