CREATE TABLE stays (id integer);
