CREATE TYPE address AS (street text, "House No" varchar(10), town text COLLATE "C");
CREATE TABLE house (id integer PRIMARY KEY, at address, former address[]);
