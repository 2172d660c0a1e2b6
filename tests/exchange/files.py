"""What the tests of file formats read and write."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

from annotation.exchange import BadRow, Format, Row
from annotation.questions import Option, Question

INTENT = Question(
    name="intent",
    type="choice",
    title="Intent",
    options=(Option("billing", "Billing & money"), Option("delivery", "Delivery"), Option("other", "Anything else")),
)


def read_all(file_format: Format, path: Path) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """Values of the good rows and reasons of the bad ones, by line."""
    rows, bad = {}, {}
    for verdict in file_format.read(path):
        if isinstance(verdict, Row):
            rows[verdict.line] = verdict.values
        else:
            assert isinstance(verdict, BadRow)
            bad[verdict.line] = verdict.reason
    return rows, bad


def read_all_and_peak(file_format: Format, path: Path) -> tuple[dict[int, dict[str, Any]], dict[int, str], int]:
    """What `read_all` finds, and how many bytes were held at once at the most."""
    tracemalloc.start()
    try:
        rows, bad = read_all(file_format, path)
        return rows, bad, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An export record as the workflow passes it."""
    return {
        "id": number,
        "external_id": f"m-{number}",
        "fields": {"text": "Where is my parcel?"},
        "metadata": {"channel": "chat"},
        "stage": "settled",
        "split": "train",
        "labels": {
            "intent": {
                "value": "delivery",
                "decided_by": "people",
                "by": ["ann"],
                "posterior": 0.98,
                "votes": 2,
                "method": "majority",
            }
        },
        "annotations": [
            {
                "annotator": "ann",
                "kind": "human",
                "answers": {"intent": "delivery"},
                "distribution": None,
                "confidence": None,
                "at": "2026-01-02T03:04:05Z",
            }
        ],
        "source": "imported",
        **changes,
    }
