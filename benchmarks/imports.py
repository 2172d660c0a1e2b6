"""Rows per second and peak memory of an import, beside a loop of validated `create` calls: plain rows of three formats,
and rows that bring a model's answer with its probabilities.

python -m benchmarks.imports [--rows 100000 1000000] [--repeats 3] [--kinds csv jsonl parquet predictions]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.memory import Memory
from benchmarks.readings import Reading, load, machine, table
from benchmarks.server import Server, import_file, make_project, serve
from benchmarks.texts import OPTIONS, write_csv, write_jsonl, write_parquet, write_predictions

NAIVE_ROWS = 2_000
Writer = Callable[[Path, int], None]
WRITERS: dict[str, tuple[str, Writer]] = {
    "csv": ("rows.csv", write_csv),
    "jsonl": ("rows.jsonl", write_jsonl),
    "parquet": ("rows.parquet", write_parquet),
    "predictions": ("predictions.jsonl", write_predictions),
}


def readings(server: Server, *, rows: int, repeats: int, kinds: Sequence[str] = tuple(WRITERS)) -> list[Reading]:
    """Upload, parse, check and store; timed from the request to the finished job."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        naive = _naive(server, Path(folder), min(rows, NAIVE_ROWS), repeats)
        for kind in kinds:
            name, write = WRITERS[kind]
            file = Path(folder) / name
            write(file, rows)
            size = file.stat().st_size / 1e6
            rates, peak, later = zip(*(_import(server, file, rows) for _ in range(repeats)), strict=True)
            found += [
                Reading(
                    f"import {rows:,} rows, {kind}", rates, "rows/s", f"{size:.0f} MB, {load()}", naive, "ORM loop"
                ),
                Reading(f"import {rows:,} rows, {kind}: peak worker memory", peak, "MB"),
                Reading(f"import {rows:,} rows, {kind}: found by words after", later, "s"),
            ]
    return found


def _import(server: Server, file: Path, rows: int) -> tuple[float, float, float]:
    """(rows per second, MB of the worker that did it, seconds from its end until its words are indexed)."""
    client = server.client()
    slug = make_project(server, f"Import {file.stem} {time.monotonic_ns()}", options=OPTIONS)
    with Memory(server.pid) as memory:
        began = time.perf_counter()
        job = import_file(client, slug, file)
        rate = rows / (time.perf_counter() - began)
        ended = time.time()
        # So that the next one has the machine for itself, as this one had.
        later = server.measure("wait", module="words") - ended
    client.close()
    answers = rows if file.stem == "predictions" else 0
    if (job["created"], job["answers"], job["lost"]) != (rows, answers, 0):
        raise RuntimeError(f"{rows} rows were sent, {job['created']} came in with {job['answers']} answers")
    return rate, memory.peak("default"), later


def _naive(server: Server, folder: Path, rows: int, repeats: int) -> list[float]:
    file = folder / "naive.csv"
    write_csv(file, rows)
    slugs = [make_project(server, f"Loop {time.monotonic_ns()}", options=OPTIONS) for _ in range(repeats)]
    return [server.measure("import_csv", slug, str(file), rows) for slug in slugs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--kinds", nargs="+", choices=WRITERS, default=list(WRITERS))
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    with serve() as server:
        for rows in options.rows:
            print(table(readings(server, rows=rows, repeats=options.repeats, kinds=options.kinds)), flush=True)


if __name__ == "__main__":
    main()
