"""Counts what the test targets of a compat run printed, for each server, and compares.

    tally.py FOLDER     FOLDER has tidegate/logs/*.log and nats-server/logs/*.log
"""

import pathlib
import re
import sys

OURS, THEIRS = "tidegate", "nats-server"
RESULT = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)", re.MULTILINE)
COUNT = re.compile(r"^running (\d+) tests?$", re.MULTILINE)
# Targets that need streams, which are not served yet.
NEED_STREAMS = {
    "jetstream_api_timeout_tests",
    "jetstream_tests",
    "kv_tests",
    "object_store",
    "pinned_client_test",
    "pull_exceeded_max_request_test",
}
# Tests that start a cluster, and one whose configuration switches JetStream on.
NOT_SERVED = {
    "websocket_test::websockets::core",
    "server_pool_tests::server_pool::server_pool_contains_discovered_servers",
    "server_pool_tests::server_pool::set_server_pool_marks_all_as_explicit",
}


def results(folder):
    """Of each target, its tests and how they ended; `None` for one that never ended."""
    found = {}
    for log in sorted((folder / "logs").glob("*.log")):
        text = log.read_text(errors="replace")
        tests = dict(RESULT.findall(text))
        announced = COUNT.search(text)
        for number in range(int(announced.group(1)) - len(tests) if announced else 0):
            tests[f"<not finished {number + 1}>"] = None
        found[log.stem] = tests
    return found


def passed(tests):
    return sum(1 for end in tests.values() if end == "ok")


def main(folder):
    ours, theirs = results(folder / OURS), results(folder / THEIRS)
    lines = ["| tests | count | nats-server passes | Tidegate passes | of those |", "|---|---|---|---|---|"]
    missing = []
    totals = [0, 0, 0, 0]
    for target in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(target, {}), theirs.get(target, {})
        both = [name for name, end in there.items() if end == "ok" and here.get(name) == "ok"]
        row = [max(len(here), len(there)), passed(there), passed(here), len(both)]
        totals = [a + b for a, b in zip(totals, row)]
        note = " (needs JetStream)" if target in NEED_STREAMS else ""
        lines.append(f"| {target}{note} | " + " | ".join(map(str, row)) + " |")
        if target not in NEED_STREAMS:
            missing += [
                f"{target}::{name}"
                for name, end in there.items()
                if end == "ok" and here.get(name) != "ok"
            ]
    lines.append("| all | " + " | ".join(map(str, totals)) + " |")
    table = "\n".join(lines) + "\n"
    (folder / "table.md").write_text(table)
    print(table)
    missing = [name for name in missing if name not in NOT_SERVED]
    for name in missing:
        print(f"passes on {THEIRS}, fails here: {name}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
