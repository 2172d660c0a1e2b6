"""The rows of a dataset folder of Hugging Face, split by split. Runs confined, as what reads Parquet does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from annotation.questions.speech import gettext_noop

from .base import UnreadableFile
from .confined import Found, Opened
from .parquet_rows import batches_of, class_names, found_in, open_parquet, records_of

SPLIT = "split"
NO_DATASET = gettext_noop("This is no dataset folder that can be read: it holds neither Arrow nor Parquet files.")
_SHARD = re.compile(r"(?:^|[-_.])(\d{5}-of-\d{5}|\d{4,5})$")
_MOST_FILES = 2_000


def open_rows(path: Path) -> Opened:
    tables = _tables(path)
    if not tables:
        raise UnreadableFile(NO_DATASET)
    columns: dict[str, None] = {}
    for file, _split in tables:
        columns.update(dict.fromkeys(_schema(file).names))
    told = SPLIT not in columns and any(split for _file, split in tables)
    if told:
        columns[SPLIT] = None
    return Opened(list(columns), _rows(tables, told=told))


def _tables(path: Path) -> list[tuple[Path, str]]:
    """The data files in order, each with its split, "" where there is none to be told."""
    if path.is_file():
        return [(path, "")]
    saved = [
        (state.parent / Path(str(name)).name, _split_of_saved(path, state.parent))
        for state in sorted(path.rglob("state.json"))
        for name in _saved_files(state)
    ]
    found = saved or [(file, _split_of_shard(path, file)) for file in sorted(path.rglob("*.parquet"))]
    found = found or [(file, _split_of_shard(path, file)) for file in sorted(path.rglob("*.arrow"))]
    if len(found) > _MOST_FILES or not all(file.is_file() for file, _split in found):
        raise UnreadableFile(NO_DATASET)
    return found


def _saved_files(state: Path) -> list[Any]:
    """What `save_to_disk` noted beside its Arrow files: their names."""
    try:
        return [each["filename"] for each in json.loads(state.read_bytes())["_data_files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(NO_DATASET) from error


def _split_of_saved(root: Path, folder: Path) -> str:
    return "" if folder == root else folder.name


def _split_of_shard(root: Path, file: Path) -> str:
    """`data/train-00000-of-00002.parquet` → train; `default/test/0000.parquet` → test."""
    named = _SHARD.sub("", file.stem)
    if named:
        return "" if named in ("data", "dataset", "part") else named
    return "" if file.parent in (root, root / "data") else file.parent.name


def _rows(tables: list[tuple[Path, str]], *, told: bool) -> Iterator[Found]:
    number = 0
    for place, (file, split) in enumerate(tables):
        schema = _schema(file)
        classes = class_names(schema)
        for share, batch in _batches(file):
            for values in records_of(batch, classes):
                number += 1
                if told and isinstance(values, dict):
                    values[SPLIT] = split
                yield found_in(number, values, (place + share) / len(tables))


def _schema(file: Path) -> pyarrow.Schema:
    if file.suffix == ".parquet":
        return open_parquet(file).schema_arrow
    with _ArrowFile(file) as (reader, _source):
        return reader.schema


def _batches(file: Path) -> Iterator[tuple[float, pyarrow.RecordBatch]]:
    """(share of the file that is read, batch)."""
    if file.suffix == ".parquet":
        table: parquet.ParquetFile = open_parquet(file)
        yield from batches_of(table)
        return
    size = max(1, file.stat().st_size)
    with _ArrowFile(file) as (reader, source):
        streamed = isinstance(reader, pyarrow.RecordBatchStreamReader)
        for batch in reader if streamed else map(reader.get_batch, range(reader.num_record_batches)):
            # A batch may hold a million rows; as Python's objects they would take ten times as much.
            for start in range(0, batch.num_rows, 500):
                yield min(1.0, source.tell() / size), batch.slice(start, 500)


class _ArrowFile:
    """An Arrow file, of either kind: as a stream, as `datasets` writes it, or with a directory at its end."""

    def __init__(self, file: Path) -> None:
        self._source = pyarrow.OSFile(str(file))

    def __enter__(self) -> tuple[Any, pyarrow.OSFile]:
        try:
            if self._source.read(6) == b"ARROW1":
                return pyarrow.ipc.open_file(self._source), self._source
            self._source.seek(0)
            return pyarrow.ipc.open_stream(self._source), self._source
        except pyarrow.ArrowInvalid as error:
            raise UnreadableFile(NO_DATASET) from error

    def __exit__(self, *_raised: object) -> None:
        self._source.close()
