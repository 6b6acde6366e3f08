CREATE TABLE visit (seen date NOT NULL, page text) PARTITION BY RANGE (seen);
