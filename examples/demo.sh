#!/usr/bin/env bash
# The whole path on the shop in schema/: apply it to a database of schemaplan's
# own, change it, plan, apply phase by phase, look, roll back.
#
#   examples/demo.sh [EXAMPLE]        EXAMPLE: a folder of examples/, by default 01-grow-the-shop
#   DEMO_KEEP=1 examples/demo.sh      keep the working folder
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
example=${1:-01-grow-the-shop}
example=${example%/}
example=${example##*/}
if [ ! -d "$root/examples/$example/schema" ]; then
    echo "demo: there is no examples/$example/schema; the examples are:" >&2
    (cd "$root/examples" && for folder in */; do echo "  ${folder%/}"; done) >&2
    exit 1
fi

# shellcheck source=/dev/null
. "$root/.ci/install"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
else
    bold='' dim='' plain=''
fi

# What comes next and why, above each command.
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command as the reader would type it and runs it. The first argument is
# the exit code that is meant here: `diff` answers 2 where something differs.
run() {
    local expected=$1 code=0
    shift
    printf '%s$ %s%s\n' "$dim" "$*" "$plain"
    "$@" || code=$?
    if [ "$code" -ne "$expected" ]; then
        echo "demo: this ended with exit code $code, $expected was expected" >&2
        exit 1
    fi
}

say "Build schemaplan (the first time takes a few minutes)"
(cd "$root" && cargo build --bin schemaplan)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
PATH=$target/debug:$PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/schemaplan-demo.XXXXXX")
leave() {
    if [ -n "${DEMO_KEEP:-}" ]; then
        echo "demo: the project and its database are kept in $work"
    else
        rm -rf "$work"
    fi
}
trap leave EXIT
cp -R "$root/schema" "$root/schemaplan.yaml" "$work"
cd "$work"
# A database that the reader's shell points to has no part in this.
unset DATABASE_URL

say "A project: the desired schema in schema/, no migrations"
run 0 ls schema schema/tables

say "The first apply makes everything"
run 0 schemaplan apply --url embedded --target schema --phase all --yes

say "Nothing is left to do: diff finds no difference (exit code 0)"
run 0 schemaplan diff --url embedded --target schema

say "The schema changes: edit the files, say what a rename was and what old rows get"
cp -R "$root/examples/$example/schema/." schema/
(cd "$root/examples/$example/schema" && find . -name '*.sql' | sort) | while read -r file; do
    diff -u "$root/schema/$file" "schema/$file" | sed -e '1,2d' -e "s|^@@.*|--- schema/${file#./}|" || true
done

say "What differs? (exit code 2: something does)"
run 2 schemaplan diff --url embedded --target schema

say "The plan, as a folder to review in a pull request"
# The tables of the demo are nearly empty; `online` takes the steps that a large table gets.
run 0 schemaplan plan --url embedded --target schema --strategy online --out plans --name "${example#*-}"
plan=$(echo plans/*_"${example#*-}")
run 0 ls "$plan"
run 0 schemaplan plan --url embedded --target schema --strategy online

say "Expand: what old code does not notice"
run 0 schemaplan apply --url embedded --plan "$plan" --phase expand --yes

say "Migrate: copy rows in batches and prove it"
run 0 schemaplan apply --url embedded --plan "$plan" --phase migrate --yes

if grep -q '^-- Nothing to do in this phase' "$plan/contract.up.sql"; then
    say "What is in flight? (exit code 0: nothing, contract has no steps here)"
    run 0 schemaplan status --url embedded
else
    say "What is in flight? (exit code 2: contract waits for the deploy of the new code)"
    run 2 schemaplan status --url embedded
fi

say "Deploy the new code here. Contract: remove what only old code needed"
run 0 schemaplan apply --url embedded --plan "$plan" --phase contract --yes

say "Done"
run 0 schemaplan status --url embedded
run 0 schemaplan diff --url embedded --target schema

say "And back: the whole plan undone, from the journal in the database"
run 0 schemaplan rollback --url embedded --phase all --yes

say "The database is what it was before the change, so the change is due again (exit code 2)"
run 2 schemaplan diff --url embedded --target schema
