#!/usr/bin/env bash
# Every test of the project: installs what is missing, builds, runs, and closes with one line,
# "N passed, N failed". The exit code is that of the worst step.
#
# A tool that is missing and cannot be installed fails here, and so do the tests that need it.
set -uo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never NO_COLOR=1 FORCE_COLOR=0
logs=target/test-logs
mkdir -p "$logs"
passed=0
failed=0

# Adds what a runner's own summary says; a runner that fails without one counts as one failure.
count() { # count LOG STATUS
    local ok bad
    read -r ok bad < <(sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
        function number_before(word,   i) {
            for (i = 2; i <= NF; i++) if ($i ~ "^" word "[,;]?$") return $(i - 1) + 0
            return 0
        }
        /^ *Summary \[/ || /^test result: / || /^ *Tests  / {
            ok += number_before("passed"); bad += number_before("failed")
            bad += number_before("timed")
        }
        END { print ok + 0, bad + 0 }')
    [ "$2" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
}

step() { # step NAME COMMAND…
    local name=$1 log status
    shift
    log="$logs/${name// /-}.log"
    echo "== $name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    count "$log" "$status"
    [ "$status" -eq 0 ] || echo "== $name failed ($status); its output is in $log"
}

console_tests() { (cd web-ui && npm run --silent build && npm test --silent); }
doc_tests() { cargo test --doc -p accounts -p protocol; }

bash tests/preflight.sh || exit 1
bash tests/setup.sh || failed=$((failed + 1))
[ -f web-ui/package.json ] && step "console" console_tests
step "rust" bash tests/rust.sh
step "rust examples" doc_tests

echo "$passed passed, $failed failed" | tee "$logs/total"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
