from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from annotation.exchange import FORMATS, UnreadableFile, detect, get


@pytest.mark.parametrize(
    ("content", "filename", "expected"),
    [
        (b"id,text\n1,a\n", "data.csv", "csv"),
        (b"id,text\n1,a\n", "data", "csv"),
        (b"id;text\n1;a\n", "data.txt", "csv"),
        (b"text\nHello\n", "data.CSV", "csv"),
        (b'{"text": "a"}\n', "data.jsonl", "jsonl"),
        (b'{"text": "a"}\n', "data.txt", "jsonl"),
        (b'{"text": "a"}\n', "wrongly-named.csv", "jsonl"),
        (b'\n{"text": broken\n{"text": "a"}\n', "data.ndjson", "jsonl"),
        (codecs.BOM_UTF16_LE + '{"text": "a"}\n'.encode("utf-16-le"), "data", "jsonl"),
        (codecs.BOM_UTF16_LE + "id,text\n1,a\n".encode("utf-16-le"), "data", "csv"),
    ],
)
def test_the_content_decides_the_format(tmp_path: Path, content: bytes, filename: str, expected: str) -> None:
    path = tmp_path / "stored"
    path.write_bytes(content)
    assert detect(path, filename).name == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"PAR1rest", "Parquet"),
        (b"\x1f\x8brest", "gzip"),
        (b'[{"text": "a"}]', "JSON array"),
        (b"\x01\0\x02\0\0\0", "neither"),
    ],
)
def test_a_file_of_another_kind_is_named_and_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=message):
        detect(path, "data.csv")


def test_every_format_answers_to_its_name() -> None:
    assert all(get(name).name == name for name in FORMATS)
    with pytest.raises(UnreadableFile, match="choose one of csv, jsonl"):
        get("xlsx")
