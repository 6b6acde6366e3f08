CREATE TABLE country (code text NOT NULL CONSTRAINT country_code UNIQUE, number int NOT NULL PRIMARY KEY, id int);
CREATE TABLE city (id int PRIMARY KEY, country text REFERENCES country (code) ON DELETE CASCADE, number int REFERENCES country (number));
