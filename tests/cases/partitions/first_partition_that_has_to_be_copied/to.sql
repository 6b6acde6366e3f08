-- No CHECK proves to ATTACH that the rows have this bound: it would read them all under its lock.
CREATE TABLE h (code text PRIMARY KEY) PARTITION BY HASH (code);
CREATE TABLE h_0 PARTITION OF h FOR VALUES WITH (modulus 1, remainder 0);
