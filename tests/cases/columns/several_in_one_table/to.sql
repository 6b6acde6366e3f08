create table item (
    id int primary key,
    amount bigint not null,
    -- schemaplan: renamed from label
    title text not null,
    note text,
    -- schemaplan: backfill amount + length(title)
    score bigint not null
);
create index item_amount_label_idx on item (amount, title);
