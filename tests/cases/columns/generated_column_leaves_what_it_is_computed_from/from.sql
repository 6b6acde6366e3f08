CREATE TABLE price (net int, gross int GENERATED ALWAYS AS (net * 2) STORED, code varchar(10), label text GENERATED ALWAYS AS (code || '!') STORED);
INSERT INTO price (net, code) VALUES (10, 'a'), (20, 'b');
