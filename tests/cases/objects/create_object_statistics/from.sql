CREATE TABLE place (town text, zip text);
INSERT INTO place VALUES ('Bern', '3000');
