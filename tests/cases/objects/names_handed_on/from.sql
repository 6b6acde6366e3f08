CREATE TYPE size AS ENUM ('small', 'large');
CREATE TYPE state AS ENUM ('new', 'done');
CREATE SEQUENCE first_number;
CREATE SEQUENCE second_number;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE parcel (
    id int DEFAULT nextval('first_number'),
    other int DEFAULT nextval('second_number'),
    size size DEFAULT 'small',
    state state
);
CREATE TRIGGER a BEFORE INSERT ON parcel FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER b BEFORE UPDATE ON parcel FOR EACH ROW EXECUTE FUNCTION keep();
CREATE POLICY p ON parcel USING (true);
CREATE POLICY q ON parcel FOR SELECT USING (id > 0);
CREATE VIEW numbers AS SELECT one() AS a, two() AS b;
CREATE VIEW sizes AS SELECT size FROM parcel;
CREATE SCHEMA old;
CREATE SCHEMA current;
CREATE TABLE old.t (id int PRIMARY KEY);
CREATE TABLE current.t (id int PRIMARY KEY, x int);
