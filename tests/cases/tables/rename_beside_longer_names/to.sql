-- schemaplan: renamed from user_accounts_id_seq
CREATE SEQUENCE "UserAccounts_id_seq";
-- schemaplan: renamed from user_accounts
CREATE TABLE "UserAccounts" (id bigint DEFAULT nextval('"UserAccounts_id_seq"') NOT NULL PRIMARY KEY);
ALTER SEQUENCE "UserAccounts_id_seq" OWNED BY "UserAccounts".id;
CREATE SEQUENCE users_id_seq;
-- schemaplan: renamed from users
CREATE TABLE members (id bigint DEFAULT nextval('users_id_seq'), f regproc DEFAULT 'lower(text)'::regprocedure::oid::regproc);
-- schemaplan: renamed from app
CREATE SCHEMA application;
CREATE SCHEMA myapp;
CREATE SEQUENCE myapp.s;
CREATE TABLE application.t (n bigint DEFAULT nextval('myapp.s'));
