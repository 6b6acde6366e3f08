#!/usr/bin/env bash
# Writes a schema of a thousand tables as a folder of .sql files: ten areas of a
# hundred tables, with keys, indexes, foreign keys, views over views, functions,
# triggers, enums and comments. psql loads the files in the order of their names;
# the same number gives the same bytes.
#
#   benches/thousand_tables.sh FOLDER [TABLES]
set -euo pipefail
folder=${1:?the folder to write to}
tables=${2:-1000}
mkdir -p "$folder"

awk -v folder="$folder" -v tables="$tables" '
function q(text) { return "\047" text "\047" }

# The start of an area: what its tables share.
function begin_area(a,    f) {
    f = file_of(a)
    printf "create schema area_%d;\ncomment on schema area_%d is %s;\n\n", a, a, q("Area " a) > f
    printf "create type area_%d.state as enum (%s, %s, %s, %s);\n", a, q("draft"), q("open"), q("done"), q("void") > f
    printf "create type area_%d.kind as enum (%s, %s, %s);\n", a, q("small"), q("large"), q("other") > f
    printf "create domain area_%d.amount as numeric(14, 2) constraint amount_not_negative check (value >= 0);\n\n", a > f
    printf "create function area_%d.touch() returns trigger language plpgsql as $$\nbegin\n    new.changed_at := now();\n    return new;\nend;\n$$;\n\n", a > f
}

function file_of(a) { return sprintf("%s/area_%02d.sql", folder, a) }

function table(a, t,    f, name) {
    f = file_of(a)
    name = sprintf("area_%d.item_%03d", a, t)
    printf "create table %s (\n", name > f
    print  "    id bigint generated always as identity primary key," > f
    if (t > 0) printf "    parent_id bigint references area_%d.item_%03d (id) on delete cascade,\n", a, t - 1 > f
    if (a > 0) printf "    peer_id bigint references area_%d.item_%03d (id),\n", a - 1, t > f
    print  "    code text not null unique," > f
    print  "    title text not null default " q("untitled") "," > f
    printf "    state area_%d.state not null default %s,\n", a, q("draft") > f
    printf "    kind area_%d.kind,\n", a > f
    printf "    price area_%d.amount not null default 0,\n", a > f
    print  "    quantity integer not null default 1," > f
    print  "    tags text[] not null default " q("{}") "," > f
    print  "    extra jsonb," > f
    print  "    created_at timestamptz not null default now()," > f
    print  "    changed_at timestamptz not null default now()," > f
    printf "    constraint item_%03d_quantity_positive check (quantity > 0),\n", t > f
    printf "    constraint item_%03d_changed_later check (changed_at >= created_at)\n);\n", t > f
    if (t > 0) printf "create index item_%03d_parent_idx on %s (parent_id);\n", t, name > f
    if (a > 0) printf "create index item_%03d_peer_idx on %s (peer_id);\n", t, name > f
    printf "create index item_%03d_title_idx on %s (lower(title));\n", t, name > f
    printf "create index item_%03d_open_idx on %s (created_at desc) include (code) where state = %s;\n", t, name, q("open") > f
    if (t % 5 == 0) {
        printf "create index item_%03d_tags_idx on %s using gin (tags);\n", t, name > f
        printf "create trigger item_%03d_touch before update on %s for each row execute function area_%d.touch();\n", t, name, a > f
    }
    printf "comment on table %s is %s;\n", name, q("Item " t " of area " a) > f
    printf "comment on column %s.code is %s;\n", name, q("What people call it") > f
    printf "comment on column %s.price is %s;\n\n", name, q("Without tax") > f
}

# A view on two tables for every fourth, a view over it for every eighth, a function for every tenth.
function upon(a, t,    f) {
    f = file_of(a)
    if (t % 4 == 0 && t > 0) {
        printf "create view area_%d.view_%03d as\nselect c.id, c.code, c.price * c.quantity as worth, p.title as parent\n", a, t > f
        printf "from area_%d.item_%03d as c\njoin area_%d.item_%03d as p on p.id = c.parent_id\nwhere c.state <> %s;\n", a, t, a, t - 1, q("void") > f
        printf "comment on view area_%d.view_%03d is %s;\n\n", a, t, q("Worth of item " t) > f
    }
    if (t % 8 == 0 && t > 0)
        printf "create view area_%d.sum_%03d as\nselect parent, count(*) as items, sum(worth) as worth\nfrom area_%d.view_%03d\ngroup by parent;\n\n", a, t, a, t > f
    if (t % 10 == 0) {
        printf "create function area_%d.worth_%03d(of_code text) returns numeric language sql stable as $$\n", a, t > f
        printf "    select price * quantity from area_%d.item_%03d where code = of_code\n$$;\n\n", a, t > f
    }
}

BEGIN {
    for (n = 0; n < tables; n++) {
        a = int(n / 100); t = n % 100
        if (t == 0) begin_area(a)
        table(a, t)
        upon(a, t)
    }
}'
