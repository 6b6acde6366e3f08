CREATE TABLE booking (id integer PRIMARY KEY, during tsrange);
INSERT INTO booking VALUES (1, '[2024-01-01,2024-01-02)');
