"""Reads Prometheus text from a URL with the reference parser; prints the samples as JSON.

Exits with an error when the text is not what Prometheus reads, or a counter is not named like one.
"""

import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

with urllib.request.urlopen(sys.argv[1], timeout=20) as answer:
    kind = answer.headers["Content-Type"]
    text = answer.read().decode()
if not kind.startswith("text/plain; version=0.0.4"):
    sys.exit(f"content type {kind}")

samples = []
for family in text_string_to_metric_families(text):
    if family.type not in ("counter", "gauge"):
        sys.exit(f"{family.name}: type {family.type}")
    if not family.documentation:
        sys.exit(f"{family.name}: no help")
    for sample in family.samples:
        if family.type == "counter" and not sample.name.endswith("_total"):
            sys.exit(f"{sample.name}: a counter's name ends with _total")
        samples.append({"name": sample.name, "labels": sample.labels, "value": sample.value})
print(json.dumps(samples))
