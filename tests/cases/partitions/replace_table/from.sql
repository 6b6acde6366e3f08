CREATE TABLE event (id integer NOT NULL, at date NOT NULL, body text, PRIMARY KEY (id, at));
INSERT INTO event VALUES (1, '2023-05-05', 'a'), (2, '2025-05-05', 'b');
