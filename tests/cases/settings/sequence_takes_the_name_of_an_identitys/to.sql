CREATE SEQUENCE invoice_id_seq AS integer;
CREATE TABLE invoice (id integer DEFAULT nextval('invoice_id_seq') NOT NULL, note text);
CREATE SEQUENCE receipt_id_seq CACHE 10;
CREATE TABLE receipt (note text);
