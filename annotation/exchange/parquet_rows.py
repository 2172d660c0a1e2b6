"""The rows of a Parquet file, a few at a time. Runs confined: it trusts pyarrow, and pyarrow trusts the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from annotation.questions.speech import gettext_noop

from .base import UnreadableFile
from .confined import Found, Opened
from .plain_values import plain_row

_BATCH_BYTES, _MOST_ROWS = 4 << 20, 1_000
# Column chunks are streamed instead of read whole.
_BUFFER = 1 << 20
NO_UTF8 = gettext_noop("A text of the row is not valid UTF-8.")
NO_PARQUET = gettext_noop("This is no Parquet file that can be read, or it is cut off.")


def open_rows(path: Path) -> Opened:
    file = open_parquet(path)
    return Opened(list(file.schema_arrow.names), parquet_rows(file))


def open_parquet(path: Path) -> parquet.ParquetFile:
    """Raises UnreadableFile."""
    # Threads would hold as many row groups at once.
    pyarrow.set_cpu_count(1)
    try:
        return parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise UnreadableFile(NO_PARQUET) from error


def parquet_rows(file: parquet.ParquetFile) -> Iterator[Found]:
    classes = class_names(file.schema_arrow)
    number = 0
    for share, batch in batches_of(file):
        for values in records_of(batch, classes):
            number += 1
            yield found_in(number, values, share)


def batches_of(file: parquet.ParquetFile) -> Iterator[tuple[float, pyarrow.RecordBatch]]:
    """(share of the rows with it, batch), as many rows at once as come to a few megabytes by what the file says."""
    metadata = file.metadata
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    typical = max(1, size // max(1, metadata.num_rows))
    seen = 0
    for batch in file.iter_batches(batch_size=max(1, min(_MOST_ROWS, _BATCH_BYTES // typical)), use_threads=False):
        seen += batch.num_rows
        yield min(1.0, seen / max(1, metadata.num_rows)), batch


def found_in(number: int, values: dict[str, Any] | str, share: float) -> Found:
    """A row, or why it is none, as it is handed on."""
    return (number, values, (), share) if isinstance(values, str) else (number, *plain_row(values), share)


def records_of(batch: pyarrow.RecordBatch, classes: dict[str, list[str]]) -> Iterator[dict[str, Any] | str]:
    """The rows of a batch, numbers of classes by their names; a sentence for a row that is no text."""
    names = batch.schema.names
    try:
        columns = [batch.column(place).to_pylist() for place in range(len(names))]
    except UnicodeDecodeError:
        # Arrow does not look into texts; only the rows that hold such bytes are given up.
        if batch.num_rows == 1:
            yield NO_UTF8
            return
        for place in range(batch.num_rows):
            yield from records_of(batch.slice(place, 1), classes)
        return
    for place, name in enumerate(names):
        if name in classes:
            columns[place] = [_named(value, classes[name]) for value in columns[place]]
    for cells in zip(*columns, strict=True):
        yield dict(zip(names, cells, strict=True))


def class_names(schema: pyarrow.Schema) -> dict[str, list[str]]:
    """Column → the names behind its numbers, where Hugging Face's `datasets` noted them in the schema."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        return named_classes(noted["info"]["features"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def named_classes(features: Any) -> dict[str, list[str]]:
    """The same from `features` as `datasets` describes them; a list of classes stands under its one feature."""
    found = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        if isinstance(inner, dict) and inner.get("_type") == "ClassLabel" and isinstance(inner.get("names"), list):
            found[name] = [str(each) for each in inner["names"]]
    return found


def _named(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        # -1 is how `datasets` says that there is no label.
        return names[value] if 0 <= value < len(names) else None if value == -1 else value
    return value
