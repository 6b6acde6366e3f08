CREATE TABLE event (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2020 (id integer, at date, PRIMARY KEY (id, at));
INSERT INTO event_2020 VALUES (1, '2020-02-02');
