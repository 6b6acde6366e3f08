CREATE SEQUENCE ticket AS integer START WITH 100 INCREMENT BY 5 MINVALUE 10 MAXVALUE 100000 CACHE 7 CYCLE;
CREATE TABLE call (id integer PRIMARY KEY DEFAULT nextval('ticket'));
CREATE SEQUENCE call_line_seq;
CREATE TABLE call_line (id bigint PRIMARY KEY DEFAULT nextval('call_line_seq'));
ALTER SEQUENCE call_line_seq OWNED BY call_line.id;
