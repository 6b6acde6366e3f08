#!/usr/bin/env bash
# Time, CPU and peak memory by the size of the schema: psql loads it, pg_dump dumps it, `diff` compares it with its files
# cold (an empty cache), warm without a change, after one change in one file, and a plan of many changes. Each schema has a
# server of its own; its numbers are comparable with each other, for they come from one run.
#
#   BENCH_SIZES='100 1000 10000'   tables
#   BENCH_CHANGES=1000             changes of the plan (fewer in a schema of fewer tables)
#   BENCH_RUNS=3                   runs of what is quick; the median is printed
#   BENCH_SEED=1                   the seed of the generator
#   SCHEMAPLAN_BIN                 the binary, by default target/release/schemaplan
# shellcheck disable=SC2154 # server_bin and server_folder come from private_server.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/../.ci/install"
# shellcheck source=/dev/null
. "$here/private_server.sh"

sizes=${BENCH_SIZES:-100 1000 10000} changes=${BENCH_CHANGES:-1000} runs=${BENCH_RUNS:-3} seed=${BENCH_SEED:-1}
binary=$(schemaplan_binary)
# pg_dump of ten thousand tables takes a lock on each.
server_start shared_buffers=256MB fsync=off synchronous_commit=off max_locks_per_transaction=1024
trap server_stop EXIT
work=$server_folder/work
mkdir "$work"
# An empty cache of our own makes the first diff of each size a cold one.
export XDG_CACHE_HOME=$work/cache
mkdir "$XDG_CACHE_HOME"
rustc --edition 2024 -O "$here/generate.rs" -o "$work/generate"

# timed NAME COMMAND: appends "seconds cpu kilobytes" to a file of that name. `diff` ends with 2 where something differs, a
# plan with 3 where a hazard is not allowed.
timed() {
    local into=$work/$1 code=0
    shift
    /usr/bin/time -q -o "$work/time" -f '%e %U %S %M' "$@" >"$work/out" 2>"$work/err" || code=$?
    if [ "$code" -ne 0 ] && [ "$code" -ne 2 ] && [ "$code" -ne 3 ]; then
        echo "this ended with exit code $code: $*" >&2
        head -n 20 "$work/out" "$work/err" >&2
        exit 1
    fi
    awk '{ print $1, $2 + $3, $4 }' "$work/time" >>"$into"
}

# A row of the table: the median of the file, and its part of another row where one is named.
row() {
    local whole=''
    [ -z "${4:-}" ] || whole=$(sort -n "$work/$4" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }')
    sort -n "$work/$2" | awk -v tables="$1" -v what="$3" -v whole="$whole" -v other="${5:-}" '
        { t[NR] = $1; c[NR] = $2; if ($3 > m) m = $3 }
        END {
            n = int((NR + 1) / 2)
            part = whole ? sprintf("%.2f × %s", t[n] / whole, other) : ""
            printf "| %d | %s | %.2f | %.2f | %.0f | %s |\n", tables, what, t[n], c[n], m / 1024, part
        }'
}

echo "seed $seed, $("$server_bin/postgres" --version), $(nproc) cores"
echo
echo '| tables | what | wall, s | CPU of the command, s | peak of the command, MB | compared |'
echo '|---|---|---|---|---|---|'
for tables in $sizes; do
    rm -f "$work"/{load,dump,cold,warm,one,many}
    rm -rf "$work/here" && mkdir "$work/here" && cd "$work/here"
    printf 'environments: {}\n' >schemaplan.yaml
    "$work/generate" schema --tables "$tables" --seed "$seed" >/dev/null
    "$work/generate" one --tables "$tables" --seed "$seed" --changes 1 >/dev/null
    many=$((changes < tables ? changes : tables))
    "$work/generate" many --tables "$tables" --seed "$seed" --changes "$many" >/dev/null
    find schema -name '*.sql' | sort | xargs cat >schema.sql
    "$server_bin/createdb" "bench$tables"
    url=$(server_url "bench$tables")
    timed load "$server_bin/psql" -X -q -v ON_ERROR_STOP=1 -d "bench$tables" -f schema.sql
    "$server_bin/psql" -X -q -d "bench$tables" -c 'vacuum analyze'
    timed cold "$binary" diff --url "$url" --target schema
    # One after the other, so that both see the same machine.
    for _ in $(seq "$runs"); do
        timed warm "$binary" diff --url "$url" --target schema
        timed dump "$server_bin/pg_dump" --schema-only -f /dev/null "bench$tables"
    done
    rm -rf schema && mv one schema
    timed one "$binary" diff --url "$url" --target schema
    rm -rf schema && mv many schema
    "$binary" diff --url "$url" --target schema >/dev/null 2>&1 || true
    timed many "$binary" plan --url "$url" --target schema --out plans
    row "$tables" load '`psql` loads the schema'
    row "$tables" dump '`pg_dump --schema-only`'
    row "$tables" cold '`diff`, cold' load 'load'
    row "$tables" warm '`diff`, warm, no change' dump '`pg_dump`'
    row "$tables" one '`diff`, one change in one file' load 'load'
    row "$tables" many "\`plan\` of $many changes, desired side cached" dump '`pg_dump`'
    "$server_bin/dropdb" "bench$tables"
done
