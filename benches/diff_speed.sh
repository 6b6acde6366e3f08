#!/usr/bin/env bash
# How long `diff` takes when nothing differs, on a database of a thousand tables:
# time and peak memory beside `pg_dump --schema-only` of the same database in the same
# run, statements and round trips to the live server.
#
#   BENCH_TABLES=1000   tables of the schema
#   BENCH_RUNS=5        runs of each; the median is printed
#   SCHEMAPLAN_BIN      the binary, by default target/release/schemaplan
# shellcheck disable=SC2154 # server_bin and server_folder come from private_server.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/../.ci/install"
# shellcheck source=/dev/null
. "$here/private_server.sh"

tables=${BENCH_TABLES:-1000} runs=${BENCH_RUNS:-5}
binary=$(schemaplan_binary)
proxy=''
finish() {
    [ -z "$proxy" ] || kill "$proxy" 2>/dev/null || true
    server_stop
}

# Only reading is measured, so loading need not wait for the disk.
server_start shared_buffers=256MB fsync=off synchronous_commit=off
trap finish EXIT
work=$server_folder/work
mkdir "$work"
# The catalog of the desired side is cached in the user's cache folder; an empty one of
# our own makes the first run a cold one. (For root the cache is a folder of the system,
# which is left as it is.)
export XDG_CACHE_HOME=$work/cache
mkdir "$XDG_CACHE_HOME"
"$here/thousand_tables.sh" "$work/schema" "$tables"
"$server_bin/createdb" bench
for file in "$work"/schema/*.sql; do
    "$server_bin/psql" -X -q -1 -v ON_ERROR_STOP=1 -d bench -f "$file"
done
"$server_bin/psql" -X -q -d bench -c 'vacuum analyze'
printf 'environments: {}\n' >"$work/schemaplan.yaml"
cd "$work"
url=$(server_url bench)
objects=$("$server_bin/psql" -X -A -t -d bench -c "
    select format('%s tables, %s indexes, %s foreign keys, %s views, %s functions',
        count(*) filter (where relkind = 'r'), count(*) filter (where relkind = 'i'),
        (select count(*) from pg_constraint where contype = 'f'), count(*) filter (where relkind = 'v'),
        (select count(*) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where n.nspname like 'area%'))
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where n.nspname like 'area%'")
echo "$objects, on $("$server_bin/postgres" --version)"

# Runs a command, appends "seconds kilobytes" to a file. GNU time gives both; without it
# only the time is known.
measure() {
    local into=$1 code=0
    shift
    if /usr/bin/time -f '%e %M' true >/dev/null 2>&1; then
        /usr/bin/time -q -o "$work/time" -f '%e %M' "$@" >"$work/out" 2>"$work/err" || code=$?
    else
        local TIMEFORMAT='%R -'
        { time "$@" >"$work/out" 2>"$work/err" || code=$?; } 2>"$work/time"
    fi
    if [ "$code" -ne 0 ]; then
        echo "this ended with exit code $code: $*" >&2
        head -n 20 "$work/out" "$work/err" >&2
        exit 1
    fi
    cat "$work/time" >>"$into"
}

# The median time and the largest memory of a file of measurements.
report() {
    sort -n "$2" | awk -v what="$1" '{ t[NR] = $1; if ($2 + 0 > m) m = $2 } END {
        printf "%-42s %8.2f s  (%.2f to %.2f)   %s\n", what, t[int((NR + 1) / 2)], t[1], t[NR],
            m ? sprintf("peak %.0f MB", m / 1024) : "peak memory not measured: GNU time is missing" }'
}

measure first "$binary" diff --url "$url" --target schema
# One after the other, so that both see the same machine.
for _ in $(seq "$runs"); do
    measure again "$binary" diff --url "$url" --target schema
    measure dump "$server_bin/pg_dump" --schema-only -f /dev/null bench
done
report 'diff, first run' first
report 'diff, desired side cached' again
report 'pg_dump --schema-only' dump

# Statements, as the server logs them; apart from the runs above, because logging takes time.
"$server_bin/psql" -X -q -d bench -c "alter database bench set log_statement = 'all'"
before=$(wc -l <"$server_folder/log")
count_statements() {
    tail -n +"$((before + 1))" "$server_folder/log" | grep -cE 'LOG:  (statement|execute [^:]*):' || true
    before=$(wc -l <"$server_folder/log")
}
"$binary" diff --url "$url" --target schema >/dev/null 2>&1
echo "statements sent by diff (log_statement = all): $(count_statements)"
before=$(wc -l <"$server_folder/log")
"$server_bin/pg_dump" --schema-only -f /dev/null bench
echo "statements sent by pg_dump: $(count_statements)"

# Round trips, counted on the wire.
if command -v perl >/dev/null 2>&1; then
    front=$((PGPORT + 1))
    trips() {
        rm -f "$work/trips"
        perl "$here/round_trips.pl" "$front" "$PGPORT" "$work/trips" &
        proxy=$!
        sleep 1
        "$@" >/dev/null 2>&1 || true
        sleep 0.3
        kill "$proxy"
        wait "$proxy" 2>/dev/null || true
        proxy=''
        awk '{ printf "%d round trips on %d connections, %.1f MB received", $2, $1, $3 / 1e6 }' "$work/trips"
    }
    through="postgresql://postgres@127.0.0.1:$front/bench"
    echo "diff: $(trips "$binary" diff --url "$through" --target schema)"
    echo "pg_dump: $(trips "$server_bin/pg_dump" --schema-only -f /dev/null "$through")"
fi
