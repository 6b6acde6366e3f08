# A PostgreSQL server for one measurement, in a temporary folder on a free port of
# loopback, with the settings of a fresh installation unless arguments say otherwise.
# Sourced, not run. Afterwards PGHOST, PGPORT, PGUSER, server_bin, server_folder and
# the function server_url are there, and an EXIT trap that removes it all.

# As the user postgres when this is root, whom the server refuses.
server_as() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

server_stop() {
    server_as "$server_bin/pg_ctl" -D "$server_folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$server_folder"
}

# server_start [SETTING=VALUE …]
server_start() {
    local setting
    server_bin=$(schemaplan_find_postgres)
    server_folder=$(mktemp -d "${TMPDIR:-/tmp}/schemaplan-bench.XXXXXX")
    # The server's user must reach its folder, and the client its socket.
    chmod 755 "$server_folder"
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$server_folder"; fi
    trap server_stop EXIT
    (cd / && server_as "$server_bin/initdb" -D "$server_folder/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null)

    local try
    for try in 1 2 3 4 5; do
        PGPORT=$((20000 + RANDOM % 20000))
        {
            echo "listen_addresses = '127.0.0.1'"
            echo "port = $PGPORT"
            echo "unix_socket_directories = '$server_folder'"
            for setting in "$@"; do echo "${setting%%=*} = '${setting#*=}'"; done
        } >"$server_folder/extra.conf"
        server_as bash -c "cat '$server_folder/extra.conf' >> '$server_folder/data/postgresql.conf'"
        if (cd / && server_as "$server_bin/pg_ctl" -D "$server_folder/data" -w -l "$server_folder/log" start >/dev/null 2>&1); then
            break
        fi
        if [ "$try" -eq 5 ]; then
            echo "the private server does not start:" >&2
            tail -n 20 "$server_folder/log" >&2
            return 1
        fi
    done
    # Nothing that points elsewhere may leak in from the shell.
    unset DATABASE_URL PGSERVICE PGOPTIONS PGDATABASE PGPASSWORD
    export PGHOST=$server_folder PGPORT PGUSER=postgres
}

server_url() { echo "postgresql://postgres@127.0.0.1:$PGPORT/$1"; }

# The binary under measurement.
schemaplan_binary() {
    local target=${CARGO_TARGET_DIR:-$schemaplan_root/target}
    local binary=${SCHEMAPLAN_BIN:-$target/release/schemaplan}
    if [ ! -x "$binary" ]; then
        echo "there is no $binary; make build makes it, or SCHEMAPLAN_BIN names another" >&2
        return 1
    fi
    (cd "$(dirname "$binary")" && echo "$PWD/$(basename "$binary")")
}
