"""Items per second when a labeler has learned: score every open item and put the queue in order, beside the ORM's way.

python -m benchmarks.rescoring [--rows 100000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.readings import Reading, load, machine, table
from benchmarks.server import Server, make_project, serve
from benchmarks.texts import OPTIONS, write_csv

NAIVE_ROWS = 5_000


def readings(server: Server, *, rows: int, repeats: int) -> list[Reading]:
    slug = make_project(server, f"Rescoring {time.monotonic_ns()}", options=OPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        write_csv(path, rows)
        server.manage("import_items", slug, str(path))
    server.measure("fill_vectors", slug, module="learned")
    score, order = zip(
        *(server.measure("rescore", slug, seed, module="learned") for seed in range(repeats)), strict=True
    )
    few = min(rows, NAIVE_ROWS)
    naive = [server.measure("rescore_by_orm", slug, seed, few, module="learned") for seed in range(repeats)]
    whole = [rows / (first + second) for first, second in zip(score, order, strict=True)]
    return [
        Reading(f"rescore {rows:,} items: read vectors and score", score, "s", load()),
        Reading(f"rescore {rows:,} items: order and write the queue", order, "s"),
        Reading(f"rescore {rows:,} items", whole, "items/s", load(), naive, "values_list and bulk_update"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rescoring", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(f"Before: {machine()}\n")
    with serve() as server:
        print(table(readings(server, rows=options.rows, repeats=options.repeats)))


if __name__ == "__main__":
    main()
