CREATE TABLE sale (id integer PRIMARY KEY, day date, amount numeric);
