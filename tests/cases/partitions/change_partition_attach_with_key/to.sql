CREATE TABLE event (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2020 (id integer, at date, PRIMARY KEY (id, at));
ALTER TABLE event ATTACH PARTITION event_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
