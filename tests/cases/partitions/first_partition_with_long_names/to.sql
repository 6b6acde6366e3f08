CREATE TABLE a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ (id bigint, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE "P %s 'q" PARTITION OF a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ FOR VALUES FROM (0) TO (1000);
CREATE INDEX an_index_whose_name_is_as_long_as_a_name_may_be_in_postgresql_x ON a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ (k);
