CREATE TABLE page (id integer PRIMARY KEY, body text);
