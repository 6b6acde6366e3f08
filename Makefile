SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Every goal finds or installs what a build needs first; it takes no time when all is there.
WITH_TOOLS := . .ci/install;

.PHONY: help demo test build soak bench
help:
	@echo 'make demo    build, plan and apply a change of the shop in schema/, roll it back'
	@echo 'make test    all tests, on a PostgreSQL server that they start themselves'
	@echo 'make build   the binary: target/release/schemaplan'
	@echo 'make soak    changes on a large table while pgbench writes to it'
	@echo 'make bench   diff on a schema of a thousand tables, beside pg_dump'

demo:
	@examples/demo.sh

test:
	@$(WITH_TOOLS) cargo test --all-targets
	@$(WITH_TOOLS) cargo test --doc

build:
	@$(WITH_TOOLS) cargo build --release

soak: build
	@benches/soak.sh

bench: build
	@benches/diff_speed.sh
