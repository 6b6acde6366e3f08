CREATE TABLE visit (town text NOT NULL, number integer NOT NULL) PARTITION BY LIST (town);
CREATE TABLE visit_oslo (town text NOT NULL);
-- stops
