CREATE TABLE a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ (id bigint, k int, PRIMARY KEY (id));
CREATE INDEX an_index_whose_name_is_as_long_as_a_name_may_be_in_postgresql_x ON a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ (k);
INSERT INTO a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql_ SELECT n, n FROM generate_series(1,100) AS n;
