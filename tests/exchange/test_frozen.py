"""Frozen records: the same bytes for the same records, and a file that is damaged says so."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from annotation.exchange.canonical import canonical_json
from annotation.exchange.frozen import Freezer, lines_of, thaw, thaw_split

RECORDS: list[dict[str, Any]] = [
    {"id": number, "text": 'a "split":"test" in the text' if number == 3 else "ü" * 400, "split": split}
    for number, split in enumerate(("train", "test", "train", "train"), 1)
]


def frozen(records: list[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    freezer = Freezer(target)
    for record in records:
        freezer.add(record)
    freezer.close()
    return target.getvalue()


def test_records_come_back_as_they_were_and_anybody_can_read_them(tmp_path: Path) -> None:
    records = [{"id": number, "text": "x" * (number % 97), "split": ""} for number in range(2_500)]
    path = tmp_path / "records"
    path.write_bytes(frozen(records))
    assert list(thaw(path)) == records
    assert gzip.decompress(path.read_bytes()) == b"".join(canonical_json(record) + b"\n" for record in records)
    assert frozen(records) == path.read_bytes()


def test_a_split_is_what_its_records_say_whatever_stands_in_their_texts(tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.write_bytes(frozen(RECORDS))
    assert [record["id"] for record in thaw_split(path, "test")] == [2]
    assert [record["id"] for record in thaw_split(path, "train")] == [1, 3, 4]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:40] + b"\0" * 40])
def test_a_damaged_file_is_an_error_and_no_shorter_dataset(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "records"
    path.write_bytes(damage(frozen([{"id": number, "text": str(number) * 50} for number in range(1_000)])))
    with pytest.raises(OSError, match=r"damaged|CRC|gzip"):
        list(lines_of(path))
