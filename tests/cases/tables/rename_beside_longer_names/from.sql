CREATE TABLE user_accounts (id bigserial PRIMARY KEY);
CREATE SEQUENCE users_id_seq;
CREATE TABLE users (id bigint DEFAULT nextval('users_id_seq'), f regproc DEFAULT 'lower(text)'::regprocedure::oid::regproc);
CREATE SCHEMA app;
CREATE SCHEMA myapp;
CREATE SEQUENCE myapp.s;
CREATE TABLE app.t (n bigint DEFAULT nextval('myapp.s'));
