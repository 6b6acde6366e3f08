CREATE TABLE line (id integer PRIMARY KEY, invoice_id integer NOT NULL);
