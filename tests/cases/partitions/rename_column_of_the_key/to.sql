create table sale (id int,
    -- schemaplan: renamed from day
    -- schemaplan: allow breaks-clients
    at int, note text) partition by range (at);
create table sale_1 partition of sale for values from (0) to (10);
create index sale_lower on sale (lower(at::text));
create index sale_day on sale (at) where at > 1;
create index sale_note on sale (note) include (at);
