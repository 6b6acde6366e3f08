#!/usr/bin/env bash
# The longest stall of a transaction while a table changes under load: each change is made by schemaplan, phase by phase, and
# by the statements that one would write first, both while pgbench writes at a fixed rate. The first row is pgbench alone.
#
#   STALLS_ROWS=2000000   rows of the table before it begins
#   STALLS_RATE=200       transactions a second
#   STALLS_CHANGES        which changes, by default all: type key not_null unique rename partitions
#   SCHEMAPLAN_BIN        the binary, by default target/release/schemaplan
# shellcheck disable=SC2154 # server_bin and server_folder come from private_server.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/../.ci/install"
# shellcheck source=/dev/null
. "$here/private_server.sh"

rows=${STALLS_ROWS:-2000000} rate=${STALLS_RATE:-200}
changes=${STALLS_CHANGES:-type key not_null unique rename partitions}
binary=$(schemaplan_binary)
server_start shared_buffers=256MB max_wal_size=4GB
work=$server_folder/work
mkdir "$work" && cd "$work"
export PGOPTIONS='-c client_min_messages=warning'
"$server_bin/createdb" start
"$server_bin/psql" -X -q -v ON_ERROR_STOP=1 -v rows="$rows" -d start -f "$here/stalls/start.sql"
"$server_bin/psql" -X -q -d start -c "create sequence serials start $((rows + 1))"

ask() { "$server_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
now() { date +%s.%N; }
title() {
    case $1 in
    type) echo 'a column from integer to bigint' ;;
    key) echo 'the primary key from integer to bigint, with two that refer to it' ;;
    not_null) echo 'NOT NULL' ;;
    unique) echo 'a unique constraint' ;;
    rename) echo 'a column renamed' ;;
    partitions) echo 'the table partitioned by hash' ;;
    esac
}
# What one would write first.
naive() {
    case $1 in
    type) echo 'alter table event alter column amount type bigint' ;;
    key) echo 'alter table event alter column id type bigint; alter table payment alter column event_id type bigint; alter table note alter column event_id type bigint' ;;
    not_null) echo 'alter table event alter column serial set not null' ;;
    unique) echo 'alter table event add constraint event_serial_key unique (serial)' ;;
    rename) echo 'alter table event rename column label to title' ;;
    partitions)
        cat <<'SQL'
begin; lock table event in access exclusive mode;
alter table payment drop constraint payment_event_id_fkey; alter table note drop constraint note_event_id_fkey;
alter table event rename to event_old; alter table event_old rename constraint event_pkey to event_old_pkey;
alter index event_account_idx rename to event_old_account_idx;
create table event (like event_old including defaults including identity, constraint event_pkey primary key (id)) partition by hash (id);
create table event_0 partition of event for values with (modulus 2, remainder 0);
create table event_1 partition of event for values with (modulus 2, remainder 1);
insert into event select * from event_old;
select setval(pg_get_serial_sequence('event', 'id'), (select max(id) from event));
create index event_account_idx on event (account);
alter table payment add constraint payment_event_id_fkey foreign key (event_id) references event (id);
alter table note add constraint note_event_id_fkey foreign key (event_id) references event (id);
commit
SQL
        ;;
    esac
}
# The edit of the desired schema.
edit() {
    case $1 in
    type) sed -i 's/amount integer/amount bigint/' schema/*.sql ;;
    key) sed -i -E '/create table event /,/^\);/ s/^( *id) integer/\1 bigint/; s/event_id integer/event_id bigint/' schema/*.sql ;;
    not_null) sed -i 's/serial integer/serial integer not null/' schema/*.sql ;;
    unique) echo 'alter table event add constraint event_serial_key unique (serial);' >>schema/event.sql ;;
    rename) sed -i "s/^    label text/    -- schemaplan: renamed from label\n    title text/" schema/*.sql ;;
    partitions)
        sed -i -E '/create table event /,/^\);/ s/^\);/) partition by hash (id);/' schema/event.sql
        cat >>schema/event.sql <<'SQL'
create table event_0 partition of event for values with (modulus 2, remainder 0);
create table event_1 partition of event for values with (modulus 2, remainder 1);
SQL
        ;;
    esac
}

database() {
    ask postgres "drop database if exists $1 with (force)"
    ask postgres "create database $1 template start"
    ask postgres checkpoint
}
begin_writing() {
    rm -f "$work"/log.*
    "$server_bin/pgbench" -n -f "$here/stalls/code.sql" -D rows="$rows" -c 8 -j 2 -T 86400 --rate "$rate" -l \
        --log-prefix="$work/log" "$1" >"$work/pgbench.out" 2>&1 &
    pgbench=$!
    sleep 3
}
end_writing() {
    sleep 1
    ask "$1" 'update stalls.control set stop = 1'
    wait "$pgbench" 2>/dev/null || true
    if grep -v 'division by zero' "$work/pgbench.out" | grep -q 'ERROR'; then
        echo "pgbench: $(grep -v 'division by zero' "$work/pgbench.out" | grep -m 1 ERROR)" >&2
    fi
}
# worst FROM TO: the longest transaction, ms, of those that overlap it.
worst() {
    cat "$work"/log.* | awk -v from="$1" -v to="$2" '
        { end = $5 + $6 / 1e6; begin = end - $3 / 1e6 }
        end >= from && begin <= to && $3 > most { most = $3 }
        END { printf "%.0f", most / 1000 }'
}

echo "$rows rows, $rate transactions a second, $("$server_bin/postgres" --version), $(nproc) cores"
echo
echo '| change | expand, ms | migrate, ms | contract, ms | took, s | the first ALTER that comes to mind, ms | took, s |'
echo '|---|---|---|---|---|---|---|'
database alone
begin_writing alone
from=$(now)
sleep 20
to=$(now)
end_writing alone
echo "| none | $(worst "$from" "$to") | | | 20 | | |"
for change in $changes; do
    database "staged"
    rm -rf schema plans
    mkdir schema
    printf 'schemas: [public]\nenvironments: {}\n' >schemaplan.yaml
    sed '/^create schema stalls/,/^insert/d'  "$here/stalls/start.sql" | grep -v '^insert\|^select\|^vacuum\|^checkpoint' >schema/event.sql
    echo "create sequence serials start $((rows + 1));" >>schema/event.sql
    url=$(server_url staged)
    "$binary" diff --url "$url" --target schema >diff.out || { cat diff.out >&2; exit 1; }
    edit "$change"
    "$binary" plan --url "$url" --target schema --strategy online --out plans --name "$change" >plan.out || { cat plan.out >&2; exit 1; }
    begin_writing staged
    marks=$(now) all=$marks
    for phase in expand migrate contract; do
        "$binary" apply --url "$url" --plan plans/*_"$change" --strategy online --phase "$phase" --yes >apply.out 2>&1 || { cat apply.out >&2; exit 1; }
        marks="$marks $(now)"
    done
    took=$(awk -v a="$all" -v b="${marks##* }" 'BEGIN { printf "%.0f", b - a }')
    end_writing staged
    read -r -a at <<<"$marks"
    stalls="$(worst "${at[0]}" "${at[1]}") | $(worst "${at[1]}" "${at[2]}") | $(worst "${at[2]}" "${at[3]}")"
    "$binary" diff --url "$url" --target schema >diff.out || { cat diff.out >&2; exit 1; }
    database naive
    begin_writing naive
    from=$(now)
    ask naive "$(naive "$change")" >/dev/null
    to=$(now)
    end_writing naive
    echo "| $(title "$change") | $stalls | $took | $(worst "$from" "$to") | $(awk -v a="$from" -v b="$to" 'BEGIN { printf "%.0f", b - a }') |"
done
