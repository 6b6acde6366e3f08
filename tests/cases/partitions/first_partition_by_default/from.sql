CREATE TABLE a (k int, v text);
CREATE TABLE b (k int, v text NOT NULL, UNIQUE (k));
CREATE TABLE c (k date NOT NULL, v text);
INSERT INTO a SELECT nullif(n % 5, 0), 'v' FROM generate_series(1, 100) AS n;
INSERT INTO b SELECT n, 'v' FROM generate_series(1, 100) AS n;
INSERT INTO c SELECT date '2025-01-01' + n, 'v' FROM generate_series(1, 100) AS n;
