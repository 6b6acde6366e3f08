CREATE TYPE mood AS ENUM ('sad', 'good', 'happy');
CREATE TABLE person (
    id integer PRIMARY KEY,
    m mood NOT NULL
);
