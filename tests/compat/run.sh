#!/usr/bin/env bash
# Runs the tests that the published async-nats crate carries against our broker, and then against
# the real nats-server.
#
#   tests/compat/run.sh                        both, all test targets
#   tests/compat/run.sh client_tests tls_tests only these targets
#   SERVERS=tidegate tests/compat/run.sh       only ours
#
# Prints a table (also in target/compat/table.md) and, name by name, what passes there and fails
# here; the exit code says whether there is any among the tests that need no JetStream and no second
# server.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$root/target/compat
suite=$work/async-nats
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never

say() { echo "compat: $*" >&2; }

# The crate as published, with our helper in the place of the one that is not.
lay_out() {
    local source
    source=$(cargo metadata --format-version 1 --locked | python3 -c '
import json, os, sys
crates = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(c["manifest_path"]) for c in crates if c["name"] == "async-nats"))')
    rm -rf "$suite"
    mkdir -p "$suite"
    cp -r "$source/." "$suite"
    printf '\n[dev-dependencies.nats-server]\npath = "%s"\n\n[workspace]\n' \
        "$root/tests/compat/nats-server" >>"$suite/Cargo.toml"
}

# Lines "NAME EXECUTABLE".
build() {
    (cd "$suite" && CARGO_TARGET_DIR=$work/target \
        cargo test --no-run --lib --tests --message-format=json 2>"$work/build.log") |
        python3 -c '
import json, sys
for line in sys.stdin:
    made = json.loads(line)
    if made.get("executable") and made["profile"]["test"]:
        name = made["target"]["name"]
        print("lib" if name == "async_nats" else name, made["executable"])' || {
        tail -n 40 "$work/build.log" >&2
        exit 1
    }
}

# A folder in which this server is called nats-server.
server_folder() { # server_folder WHICH
    local folder=$work/bin-$1 binary
    case $1 in
    tidegate) binary=${TIDEGATE_BIN:-$root/target/debug/tidegate} ;;
    nats-server) binary=$root/.venv/bin/nats-server ;;
    esac
    mkdir -p "$folder"
    ln -sfn "$(readlink -f "$binary")" "$folder/nats-server"
    echo "$folder"
}

# Some of the tests use fixed ports: a network of their own keeps them free, where that is allowed.
alone() {
    if unshare --net true 2>/dev/null; then
        unshare --net --pid --mount-proc --fork --kill-child \
            bash -c 'ip link set lo up && exec "$@"' alone "$@"
    else
        "$@"
    fi
}

bash tests/setup.sh python
mkdir -p "$work"
lay_out
say "building the suite"
build >"$work/targets"
for server in ${SERVERS:-tidegate nats-server}; do
    logs=$work/$server/logs
    rm -rf "$logs"
    mkdir -p "$logs"
    folder=$(server_folder "$server")
    while read -r name executable; do
        [ $# -gt 0 ] && [[ " $* " != *" $name "* ]] && continue
        say "$server: $name"
        (cd "$suite" && PATH=$folder:$PATH alone timeout 900 "$executable" </dev/null) \
            >"$logs/$name.log" 2>&1 || true
    done <"$work/targets"
done
python3 tests/compat/tally.py "$work"
