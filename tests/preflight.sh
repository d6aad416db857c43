#!/usr/bin/env bash
# Says exactly what is missing to build Tidegate, and how to get it. Installs nothing.
set -euo pipefail

missing=0
need() { # need COMMAND HOW
    command -v "$1" >/dev/null && return
    echo "missing: $1 ($2)" >&2
    missing=1
}

need cargo "the Rust toolchain 1.95 or newer, by rustup"
need cc "a C compiler: apt-get install build-essential"
need node "Node.js 20.19 or newer, for the console"
need npm "comes with Node.js"

if command -v cargo >/dev/null; then
    have=$(cargo --version | awk '{ print $2 }')
    if [ "$(printf '%s\n1.95.0\n' "$have" | sort -V | head -n 1)" != "1.95.0" ]; then
        echo "too old: cargo $have (1.95.0 is needed: rustup update)" >&2
        missing=1
    fi
fi
if command -v node >/dev/null; then
    have=$(node -p process.versions.node)
    if [ "$(printf '%s\n20.19.0\n' "$have" | sort -V | head -n 1)" != "20.19.0" ]; then
        echo "too old: node $have (20.19.0 is needed)" >&2
        missing=1
    fi
fi
exit "$missing"
