"""Rows per second and peak memory of every file format, writing and then reading what was written.

python -m benchmarks.formats [--rows 100000] [--formats csv jsonl …]

Writing and reading have a process each, so that their memory is not another's; of what is read confined (Parquet,
Excel …) the process that reads is the second figure. No database is involved: this is the cost of the format alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.exchange import FORMATS, BadRow, Shape, Unwritable, get, read_file, unpack
from annotation.questions import parse_questions
from benchmarks.readings import machine
from benchmarks.texts import OPTIONS, texts

FIELDS = [{"name": "text", "type": "text"}, *({"name": f"response_{side}", "type": "response"} for side in "ab")]
QUESTIONS: list[dict[str, Any]] = [
    {"name": "intent", "type": "choice", "title": "Intent", "options": [{"value": value} for value in OPTIONS]},
    {
        "name": "preference",
        "type": "ranking",
        "title": "Which response is better?",
        "options": [{"value": "response_a"}, {"value": "response_b"}],
    },
]
HEADER = "| format | MB | written, rows/s | MB at the most | read, rows/s | MB at the most (confined) | not read |"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.formats", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--formats", nargs="+", default=[name for name, each in FORMATS.items() if each.writes])
    parser.add_argument("--write", help=argparse.SUPPRESS)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write or options.read:
        done = _write(options.write, options.path, options.rows) if options.write else _read(options.read, options.path)
        print(json.dumps(done))
        return
    print(
        f"{machine()}; {options.rows:,} items with two votes each\n\n{HEADER}\n|---|---|---|---|---|---|---|",
        flush=True,
    )
    for name in options.formats:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"data{get(name).extensions[0]}"
            cells = _apart("--write", name, path, options.rows)
            if cells and get(name).reads:
                cells += _apart("--read", name, path, options.rows)
        if cells:
            print(f"| {name} | " + " | ".join([*cells, *["–"] * (6 - len(cells))]) + " |", flush=True)


def _apart(stage: str, name: str, path: Path, rows: int) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.formats", stage, name, "--path", str(path), "--rows", str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    cells: list[str] = json.loads(done.stdout.splitlines()[-1])
    return cells


def _write(name: str, path: Path, rows: int) -> list[str]:
    """Size, rows per second, memory; nothing where the format cannot hold such a project."""
    asked = tuple(parse_questions(QUESTIONS, FIELDS))
    shape = Shape(
        tuple(field["name"] for field in FIELDS), tuple(each.name for each in asked), ("channel",),
        shown=tuple(FIELDS), asked=asked, name="Benchmark",
    )  # fmt: skip
    making = 0.0

    def records() -> Iterator[dict[str, Any]]:
        nonlocal making
        made = _records(rows)
        while True:
            asked_at = time.perf_counter()
            record = next(made, None)
            making += time.perf_counter() - asked_at
            if record is None:
                return
            yield record

    began = time.perf_counter()
    try:
        with path.open("wb") as target:
            get(name).write(records(), target, shape, {})
    except Unwritable:
        return []
    seconds = time.perf_counter() - began - making
    return [f"{path.stat().st_size / 1e6:.0f}", f"{rows / seconds:,.0f}", f"{_peak():.0f}"]


def _read(name: str, path: Path) -> list[str]:
    """Rows per second, memory, how many could not be read."""
    began, seen, bad = time.perf_counter(), 0, 0
    found = unpack(path, path.name, path.parent / "unpacked")
    for verdict in read_file(get(name), found.path):
        seen += 1
        bad += isinstance(verdict, BadRow)
    rate = seen / (time.perf_counter() - began)
    confined = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    return [f"{rate:,.0f}", f"{_peak():.0f}" + (f" ({confined:.0f})" if confined else ""), str(bad)]


def _peak() -> float:
    """MB. Not by getrusage, which begins with what the process had before it became this program."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024 / 1e6


def _records(rows: int) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(texts(rows), 1):
        option = OPTIONS[number % len(OPTIONS)]
        answers = {"intent": option, "preference": [["response_b"], ["response_a"]]}
        said = {
            "answers": answers,
            "rationale": "",
            "seconds": None,
            "at": "2026-01-02T03:04:05+00:00",
            "advice": False,
        }
        decided = {"decided_by": "people", "by": ["ann"], "posterior": 0.98, "votes": 2, "method": "majority"}
        yield {
            "id": number,
            "external_id": f"m-{number}",
            "fields": {"text": text, "response_a": f"{text} No.", "response_b": f"{text} Yes."},
            "metadata": {"channel": "chat"},
            "stage": "settled",
            "split": "train" if number % 10 else "test",
            "source": "imported",
            "labels": {name: {"value": value, **decided} for name, value in answers.items()},
            "annotations": [
                {"annotator": "ann", "kind": "human", "distribution": {}, "confidence": None, **said},
                {
                    "annotator": "model",
                    "kind": "model",
                    "distribution": {"intent": {option: 1.0}},
                    "confidence": 0.9,
                    **said,
                },
            ],
        }


if __name__ == "__main__":
    main()
