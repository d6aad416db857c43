# The project's few commands. Each says what is missing before it starts.
#
#   make run     build everything and start Tidegate here (ARGS="--data DIR …" for more)
#   make test    every test; installs what the tests need first; ends with "N passed, N failed"
#   make check   formatting, lints, house rules
#   make bench   our broker beside a real nats-server, in turns, on the same core
#   make differential   random account graphs on both brokers (GRAPHS=1000 SEED=1)
#   make compat  the tests that the published async-nats crate carries, on both (TARGETS="client_tests …" for some)
#   make fleet   10,000 devices: enrolments and logins a second, revocation
#   make lists   every list of the API with a million users, on both databases (ARGS="--users 100000")
#   make scale   both with 100,000 accounts: boot, memory, updates, revocations

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

ARGS ?=
GRAPHS ?= 1000
SEED ?= 1
TARGETS ?=
export CARGO_INCREMENTAL := 0

web_sources := $(shell find web-ui -path web-ui/node_modules -prune -o -path web-ui/dist -prune \
	-o -path web-ui/e2e -prune -o -type f -print 2>/dev/null)

.PHONY: help
help:
	@sed -n 's/^#   //p' Makefile

.PHONY: run
run: preflight web
	cargo build --release -p gateway
	exec target/release/tidegate serve $(ARGS)

.PHONY: test
test:
	@bash tests/run.sh

.PHONY: check
check:
	@bash tests/check.sh

.PHONY: bench
bench: preflight web
	@bash tests/setup.sh python
	cargo build --profile dist -p gateway
	cargo build --release -p tests --bin bench
	target/release/bench --output target/bench.md $(ARGS)

.PHONY: differential
differential: preflight
	@bash tests/setup.sh python
	cargo build -p gateway --bins
	cargo build -p tests --bin differential
	target/debug/differential --graphs $(GRAPHS) --seed $(SEED) $(ARGS)

.PHONY: compat
compat: preflight
	cargo build -p gateway --bins
	@bash tests/compat/run.sh $(TARGETS)

.PHONY: scale
scale: preflight web
	@bash tests/setup.sh python
	cargo build --profile dist -p gateway
	cargo build --release -p tests --bin scale
	TIDEGATE_BIN=target/dist/tidegate target/release/scale --output target/scale.md $(ARGS)

.PHONY: fleet
fleet: preflight web
	@bash tests/setup.sh python
	cargo build --profile dist -p gateway
	cargo build --release -p tests --bin fleet
	TIDEGATE_BIN=target/dist/tidegate target/release/fleet --output target/fleet.md $(ARGS)

.PHONY: lists
lists: preflight web
	@bash tests/setup.sh python
	cargo build --profile dist -p gateway
	cargo build --release -p tests --bin lists
	TIDEGATE_BIN=target/dist/tidegate target/release/lists --output target/lists.md $(ARGS)

.PHONY: preflight
preflight:
	@bash tests/preflight.sh

.PHONY: web
web: web-ui/dist/index.html

web-ui/node_modules/.package-lock.json: web-ui/package.json web-ui/package-lock.json
	cd web-ui && npm ci --no-audit --no-fund
	@touch $@

web-ui/dist/index.html: web-ui/node_modules/.package-lock.json $(web_sources)
	cd web-ui && npm run build
	@touch $@
