#!/usr/bin/env bash
# Three staged changes of a busy table: a NOT NULL column with backfill, integer to
# bigint, and a renamed column, each through expand, migrate, deploy and contract,
# while pgbench writes at a fixed rate. It passes when no transaction failed, none
# took a second, and every row is right at the end.
#
#   SOAK_ROWS=1000000     rows of the table before it begins
#   SOAK_RATE=200         transactions a second
#   SOAK_SECONDS=60       how long pgbench writes at least; it goes on until the changes are done
#   SOAK_DEPLOY=5         seconds in which old and new code run side by side, for each change
#   SOAK_PROTOCOL=simple  how pgbench sends its statements: simple, extended or prepared
#   SOAK_SLOWEST=1000     milliseconds that no transaction may reach
#   SCHEMAPLAN_BIN        the binary, by default target/release/schemaplan
# shellcheck disable=SC2154 # server_bin and server_folder come from private_server.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$here/../.ci/install"
# shellcheck source=/dev/null
. "$here/private_server.sh"

rows=${SOAK_ROWS:-1000000} rate=${SOAK_RATE:-200} seconds=${SOAK_SECONDS:-60}
deploy=${SOAK_DEPLOY:-5} protocol=${SOAK_PROTOCOL:-simple} slowest=${SOAK_SLOWEST:-1000}
clients=8
binary=$(schemaplan_binary)

server_start shared_buffers=256MB max_wal_size=2GB
work=$server_folder/work
mkdir "$work"
say() { printf '\n== %s\n' "$*"; }
ask() { "$server_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d soak -c "$1"; }
now() { ask 'select extract(epoch from clock_timestamp())'; }

say "$rows rows on $("$server_bin/postgres" --version)"
"$server_bin/createdb" soak
"$server_bin/psql" -X -q -v ON_ERROR_STOP=1 -v rows="$rows" -d soak -f "$here/soak/start.sql"

# The tables that pgbench keeps its own account in are not schemaplan's business.
cat >"$work/schemaplan.yaml" <<YAML
schemas: [public]
environments:
  soak:
    url: $(server_url soak)
default_environment: soak
YAML

cd "$work"
say "pgbench: $rate transactions a second on $clients clients"
"$server_bin/pgbench" -n -f "$here/soak/code.sql" -D rows="$rows" -c "$clients" -j 2 -T 86400 \
    --rate "$rate" -M "$protocol" -l --log-prefix="$work/transactions" soak >"$work/pgbench.out" 2>&1 &
pgbench=$!
started=$(now)
sleep 2

# Runs one command of schemaplan and notes from when to when, so that a slow
# transaction can be put down to a phase.
schemaplan() {
    local title=$1 from
    shift
    from=$(now)
    printf '$ schemaplan %s\n' "$*"
    "$binary" "$@"
    echo "$from $(now) $title" >>"$work/windows"
    kill -0 "$pgbench" 2>/dev/null || {
        echo "pgbench has given up:" >&2
        tail -n 20 "$work/pgbench.out" >&2
        exit 1
    }
}

# One change: its number is the generation of code that belongs to it.
change() {
    local number=$1 title=$2 plan
    say "change $number: $title"
    schemaplan "$number plan" plan --target "$here/soak/$number" --strategy online --out plans --name "change_$number"
    plan=$(echo plans/*_change_"$number")
    schemaplan "$number expand" apply --plan "$plan" --strategy online --phase expand --yes
    schemaplan "$number migrate" apply --plan "$plan" --strategy online --phase migrate --yes
    echo "deploy generation $number: half of the clients, then all"
    local from
    from=$(now)
    ask "update soak.control set generation = $number, new_share = 50"
    sleep "$deploy"
    ask 'update soak.control set new_share = 100'
    sleep 2
    echo "$from $(now) $number deploy" >>"$work/windows"
    schemaplan "$number contract" apply --plan "$plan" --strategy online --phase contract --yes
}

change 1 'a NOT NULL column with a value for old rows'
change 2 'amount from integer to bigint'
ask 'update soak.control set wide = 1'
sleep 2
change 3 'label becomes title'

while awk -v a="$started" -v b="$(now)" -v s="$seconds" 'BEGIN { exit !(b - a < s) }'; do sleep 1; done
ask 'update soak.control set stop = 1'
wait "$pgbench" || true

say "outcome"
# A client that an error of the database ended is reported as aborted too; those that
# ended because they were told to are not failures.
failed=$(grep -c 'aborted in command' "$work/pgbench.out" || true)
told=$(grep -c 'division by zero' "$work/pgbench.out" || true)
failed=$((failed - told))
retried=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' "$work/pgbench.out")
failed=$((failed + ${retried:-0}))
if [ "$told" -ne "$clients" ]; then
    echo "only $told of $clients clients wrote until the end" >&2
    failed=$((failed + clients - told))
fi

# A line of pgbench's log: client, number, microseconds from the scheduled start to the
# end, script, second and microsecond of the end, microseconds of the schedule's delay.
# A transaction counts for every window that it overlaps.
awk -v limit="$slowest" '
    FNR == NR { from[NR] = $1; to[NR] = $2; title[NR] = $3 " " $4; windows = NR; next }
    {
        took = $3 / 1000; end = $5 + $6 / 1e6; begin = end - $3 / 1e6
        count++
        if (took > worst) worst = took
        if (took >= limit) slow++
        bucket[int(took)]++
        for (i = 1; i <= windows; i++) if (end >= from[i] && begin <= to[i]) {
            seen[i]++
            if (took > worst_in[i]) worst_in[i] = took
        }
    }
    END {
        printf "%-12s %10s %12s %12s\n", "window", "seconds", "transactions", "slowest ms"
        for (i = 1; i <= windows; i++)
            printf "%-12s %10.1f %12d %12.1f\n", title[i], to[i] - from[i], seen[i], worst_in[i]
        for (ms = 0; ms <= worst && !(half && most); ms++) {
            sum += bucket[ms]
            if (!half && sum >= count * 0.5) half = ms + 1
            if (!most && sum >= count * 0.99) most = ms + 1
        }
        printf "transactions %d, half within %d ms, 99 of 100 within %d ms, slowest %.1f ms, at or over %d ms: %d\n",
            count, half, most, worst, limit, slow
        exit !(count > 0 && slow == 0)
    }' "$work/windows" "$work"/transactions.* || too_slow=1
echo "failed transactions: $failed"

wrong=$(ask "
    select count(*) from public.event as e full join soak.expected as x using (id)
    where (e.amount, e.title, e.channel) is distinct from (x.amount, x.label, x.channel)")
total=$(ask 'select count(*) from public.event')
wide=$(ask 'select count(*) from public.event where amount > 2147483647')
shape=$(ask "
    select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end, ', ' order by attname)
    from pg_attribute where attrelid = 'public.event'::regclass and attnum > 0 and not attisdropped")
left=$(ask "select count(*) from pg_trigger where tgrelid = 'public.event'::regclass and not tgisinternal")
echo "rows compared: $total, wrong: $wrong, beyond integer: $wide"
echo "columns: $shape"

verdict=0
wanted='account integer not null, amount bigint not null, channel text not null, created_at timestamp with time zone not null, id bigint not null, title text not null'
if [ -n "${too_slow:-}" ]; then echo "FAILED: a transaction took $slowest ms or more"; verdict=1; fi
if [ "$failed" -ne 0 ]; then
    echo "FAILED: $failed transactions failed"
    grep -v 'division by zero' "$work/pgbench.out" | tail -n 20
    verdict=1
fi
if [ "$wrong" -ne 0 ]; then echo "FAILED: $wrong rows are not what the application wrote"; verdict=1; fi
if [ "$wide" -eq 0 ]; then echo "FAILED: no amount beyond integer was written, so the type change was not put to use"; verdict=1; fi
if [ "$shape" != "$wanted" ]; then echo "FAILED: the columns are not those of the last schema"; verdict=1; fi
if [ "$left" -ne 0 ]; then echo "FAILED: $left triggers are left on the table"; verdict=1; fi
"$binary" diff --target "$here/soak/3" || { echo "FAILED: diff still finds something to do"; verdict=1; }
[ "$verdict" -ne 0 ] || echo "passed"
exit "$verdict"
