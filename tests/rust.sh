#!/usr/bin/env bash
# Builds and runs the Rust tests: nextest where it is installed, cargo's own runner otherwise.
#
#   tests/rust.sh          every test of the workspace
#   tests/rust.sh house    only the house rules (tests whose names start with tidy:: or arrows::)
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never

# Binaries and tests in one invocation: the same features, so nothing is built twice.
cargo build -q --workspace --bins --tests

nextest=false
command -v cargo-nextest >/dev/null && nextest=true
case "${1:-all}:$nextest" in
house:true) cargo nextest run --workspace --no-fail-fast -E 'test(/^(tidy|arrows)::/)' ;;
house:false) cargo test -q -p tests --test it -- tidy:: arrows:: ;;
all:true) cargo nextest run --workspace --no-fail-fast ;;
all:false) cargo test --workspace --no-fail-fast --lib --bins --tests ;;
*)
    echo "usage: tests/rust.sh [house]" >&2
    exit 2
    ;;
esac
