"""Rows per second, time to first byte and peak memory of a snapshot of items with votes, beside a query per item.

python -m benchmarks.exports [--rows 100000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.memory import Memory
from benchmarks.readings import Reading, load, machine, table
from benchmarks.server import Server, finish, make_project, serve
from benchmarks.texts import OPTIONS, texts

NAIVE_ROWS = 2_000
AT_ONCE = 2_000  # items per request
FORMATS = ("jsonl", "csv")


def readings(server: Server, *, rows: int, repeats: int) -> list[Reading]:
    """Timed from asking for the snapshot to the last byte on the client's side."""
    slug = make_project(server, f"Export {time.monotonic_ns()}", options=OPTIONS)
    found = [Reading("add items with two votes each, by API", [_fill(server, slug, rows)], "items/s", load())]
    with tempfile.TemporaryDirectory() as folder:
        few, path = min(rows, NAIVE_ROWS), str(Path(folder) / "naive.jsonl")
        naive = [server.measure("export_jsonl", slug, path, few) for _ in range(repeats)]
    for kind in FORMATS:
        rates, first, peaks, sizes = zip(*(_export(server, slug, kind, rows) for _ in range(repeats)), strict=True)
        name = f"export {rows:,} items with votes, {kind}"
        found += [
            Reading(name, rates, "rows/s", f"{sizes[0] / 1e6:.0f} MB, {load()}", naive, "query per item"),
            Reading(f"{name}: request to first byte", first, "s"),
            Reading(f"{name}: peak worker memory", peaks, "MB"),
        ]
    return found


def _fill(server: Server, slug: str, rows: int) -> float:
    """Items with a model's and a person's vote each; items per second."""
    client = server.client()
    began = time.perf_counter()
    entries = (_entry(number, text) for number, text in enumerate(texts(rows)))
    while batch := list(islice(entries, AT_ONCE)):
        added = client.api("POST", f"projects/{slug}/items/", batch)
        if added["created"] != len(batch):
            raise RuntimeError(f"{len(batch)} items were sent, {added['created']} came in: {added['rejected'][:3]}")
    rate = rows / (time.perf_counter() - began)
    client.close()
    return rate


def _entry(number: int, text: str) -> dict[str, Any]:
    said, thought = OPTIONS[number % len(OPTIONS)], OPTIONS[number * 7 % len(OPTIONS)]
    rest = 0.3 / (len(OPTIONS) - 1)
    distribution = {option: 0.7 if option == thought else rest for option in OPTIONS}
    votes = [
        {"annotator": "earlier person", "answers": {"intent": said}},
        {"annotator": "earlier model", "answers": {"intent": thought}, "distribution": {"intent": distribution}},
    ]
    return {"fields": {"text": text}, "external_id": f"m{number}", "annotations": votes}


def _export(server: Server, slug: str, kind: str, rows: int) -> tuple[float, float, float, int]:
    """(rows per second, seconds to the first byte, MB of the worker, bytes)."""
    client = server.client()
    digest, size = hashlib.sha256(), 1
    with Memory(server.pid) as memory:
        began = time.perf_counter()
        asked = client.api("POST", f"projects/{slug}/snapshots/", {"format": kind})
        snapshot = finish(client, f"projects/{slug}/snapshots/{asked['id']}/")
        answer = client.open("GET", f"/api/v1/projects/{slug}/snapshots/{asked['id']}/download/")
        digest.update(answer.read(1))
        first = time.perf_counter() - began
        while chunk := answer.read(1 << 16):
            digest.update(chunk)
            size += len(chunk)
        rate = rows / (time.perf_counter() - began)
    client.close()
    if snapshot["rows"] != rows or digest.hexdigest() != snapshot["sha256"]:
        raise RuntimeError("the file that came is not the one that was promised")
    return rate, first, memory.peak("default"), size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    with serve() as server:
        print(table(readings(server, rows=options.rows, repeats=options.repeats)))


if __name__ == "__main__":
    main()
