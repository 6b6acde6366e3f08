CREATE TABLE country (code text NOT NULL, number int NOT NULL, id int PRIMARY KEY);
CREATE UNIQUE INDEX country_code ON country (code);
CREATE UNIQUE INDEX country_number ON country (number);
CREATE TABLE city (id int PRIMARY KEY, country text REFERENCES country (code), number int REFERENCES country (number));
