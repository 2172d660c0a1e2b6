"""Export records as Arrow tables, written as Parquet a group of rows at a time. Same records, same bytes."""

from __future__ import annotations

import io
from types import TracebackType
from typing import Any

from annotation.lazily import Library

from .base import Shape, Sink
from .canonical import canonical_json
from .tables import JSON, NUMBER, TEXT, WHOLE, Record, TableColumn, cell, table_columns

# What has no column of its own, as JSON: from it our own files are read back whole.
CARRIED = ("labels", "annotations", "decision", "gold")
GROUP_ROWS = 10_000
# A group is written when its texts have come to this, however few its rows are.
GROUP_BYTES = 16 << 20
_arrow = Library("pyarrow")
_parquet = Library("pyarrow.parquet")


class TableWriter:
    """A Parquet file that grows by records; entered and left with `with`."""

    def __init__(self, target: Sink, shape: Shape) -> None:
        self._columns = [*table_columns(shape), *_carried()]
        self._schema = _arrow.schema([(column.name, _type_of(column.kind)) for column in self._columns])
        self._cells: list[list[Any]] = [[] for _column in self._columns]
        self._size = 0
        self._writer = _parquet.ParquetWriter(
            _Output(target), self._schema, compression="zstd", version="2.6", write_page_checksum=True
        )

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._writer.close()

    def add(self, record: Record) -> None:
        for column, cells in zip(self._columns, self._cells, strict=True):
            value = _value(column.kind, column.value(record))
            self._size += len(value) if isinstance(value, str) else 8
            cells.append(value)
        if len(self._cells[0]) >= GROUP_ROWS or self._size > GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if not self._cells[0]:
            return
        arrays = [_arrow.array(cells, field.type) for cells, field in zip(self._cells, self._schema, strict=True)]
        self._writer.write_table(_arrow.Table.from_arrays(arrays, schema=self._schema), row_group_size=GROUP_ROWS)
        self._cells = [[] for _column in self._columns]
        self._size = 0


def _carried() -> list[TableColumn]:
    return [
        TableColumn("source", TEXT, lambda record: record.get("source")),
        TableColumn("family", WHOLE, lambda record: record.get("family")),
        *(TableColumn(name, JSON, _json_of(name)) for name in CARRIED),
    ]


def _json_of(key: str) -> Any:
    return lambda record: record.get(key) or None


def _type_of(kind: str) -> Any:
    """The Arrow type of a column's values; JSON in a string where a value has no type of its own."""
    text = _arrow.string()
    if kind in ("answer:spans", "field:chat", "answer:multichoice", "answer:ranking"):
        span = {"start": _arrow.int64(), "end": _arrow.int64(), "label": text, "text": text}
        return {
            "answer:spans": _arrow.list_(_arrow.struct(list(span.items()))),
            "field:chat": _arrow.list_(_arrow.struct([("role", text), ("content", text)])),
            "answer:multichoice": _arrow.list_(text),
            "answer:ranking": _arrow.list_(_arrow.list_(text)),
        }[kind]
    if kind in (WHOLE, "answer:rating"):
        return _arrow.int64()
    return _arrow.float64() if kind == NUMBER else text


def _value(kind: str, value: Any) -> Any:
    if value is None or kind in (TEXT, WHOLE, NUMBER):
        return value
    if kind in ("answer:spans", "field:chat", "answer:multichoice", "answer:ranking", "answer:rating"):
        return None if value == "" else value
    return canonical_json(value).decode() if kind == JSON and not isinstance(value, str) else cell(value)


class _Output(io.RawIOBase):
    """What Arrow needs of a file that is only written on; closing it leaves the target open."""

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    # typeshed asks for any readable buffer; Arrow hands bytes or its own buffer, which is one.
    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._target.write(piece)
        self._at += len(piece)
        return len(piece)
