"""Import rows that a program has, as they are made."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

from .jobs import Import
from .project import Project


def import_rows(
    project: Project,
    rows: Iterable[Mapping[str, Any]],
    *,
    name: str = "rows",
    mapping: Mapping[str, Any] | None = None,
) -> Import:
    """Send them as a file of JSON Lines, gone afterwards. Raises ValueError for what is no number (NaN)."""
    with tempfile.TemporaryFile() as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=str, allow_nan=False).encode() + b"\n")
        file.seek(0)
        return project.import_file(file, name=f"{name}.jsonl", format="jsonl", mapping=mapping)
