#!/usr/bin/env bash
# Formatting, lints and house rules. Runs every step, then says which ones failed.
set -uo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never
failed=()

step() { # step NAME COMMAND…
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

console() { (cd web-ui && npm run --silent check); }

bash tests/preflight.sh || exit 1
step "setup" bash tests/setup.sh
step "format" cargo fmt --all --check
step "clippy" cargo clippy -q --workspace --all-targets --keep-going -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps
step "house rules" bash tests/rust.sh house
[ -f web-ui/package.json ] && step "console" console
if command -v cargo-deny >/dev/null; then
    step "dependencies" cargo deny check bans licenses sources
else
    echo "== dependencies: cargo-deny is not installed, skipped (cargo install cargo-deny)"
fi

if [ ${#failed[@]} -gt 0 ]; then
    printf 'check failed: %s\n' "${failed[@]}"
    exit 1
fi
echo "check passed"
