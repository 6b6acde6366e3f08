-- schemaplan: renamed from size
CREATE TYPE state AS ENUM ('small', 'large', 'huge');
-- schemaplan: renamed from state
CREATE TYPE progress AS ENUM ('new', 'done');
-- schemaplan: renamed from first_number
CREATE SEQUENCE second_number;
-- schemaplan: renamed from second_number
CREATE SEQUENCE third_number;
-- schemaplan: renamed from one
CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- schemaplan: renamed from two
CREATE FUNCTION three() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE parcel (
    id int DEFAULT nextval('second_number'),
    other int DEFAULT nextval('third_number'),
    size state DEFAULT 'small',
    state progress
);
-- schemaplan: renamed from a
CREATE TRIGGER b BEFORE INSERT ON parcel FOR EACH ROW EXECUTE FUNCTION keep();
-- schemaplan: renamed from b
CREATE TRIGGER c BEFORE UPDATE ON parcel FOR EACH ROW EXECUTE FUNCTION keep();
-- schemaplan: renamed from p
CREATE POLICY q ON parcel USING (true);
-- schemaplan: renamed from q
CREATE POLICY r ON parcel FOR SELECT USING (id > 0);
-- schemaplan: renamed from numbers
CREATE VIEW sizes AS SELECT two() AS a, three() AS b;
-- schemaplan: renamed from sizes
CREATE VIEW lengths AS SELECT size FROM parcel;
-- schemaplan: renamed from old
CREATE SCHEMA current;
-- schemaplan: renamed from current
CREATE SCHEMA latest;
CREATE TABLE current.t (id int PRIMARY KEY);
CREATE TABLE latest.t (id int PRIMARY KEY, x int);
