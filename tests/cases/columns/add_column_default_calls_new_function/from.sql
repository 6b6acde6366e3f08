CREATE TABLE member (id integer PRIMARY KEY);
INSERT INTO member VALUES (1), (2);
