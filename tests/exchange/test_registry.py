from __future__ import annotations

import codecs
import subprocess
import sys
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
        (b'[{"text": "a"}]', "data.json", "json"),
        (b'{\n "text": "a"\n}', "data.json", "json"),
        (b'{"data": [{"text": "a"}]}', "data.json", "json"),
        (b'{"text": "a"}\n', "data.json", "jsonl"),
        (b"PAR1rest", "data.csv", "parquet"),
        (b"PK\x03\x04rest[Content_Types].xml", "data.zip", "excel"),
        (b"ARROW1rest", "data", "huggingface"),
        (b"Hello, how are you?\nFine, thank you, and you?\nI, too.\n", "notes.txt", "text"),
        (b"One\nparagraph.\n\nAnother\none.\n\nThe\nlast.\n", "notes.txt", "paragraphs"),
        (b"id;text\n1;a\n2;b\n", "notes.txt", "csv"),
        (b"__label__a Hello\n__label__b Bye\n", "train.txt", "fasttext"),
        (b"item,annotator,question,value\n1,ann,intent,a\n", "votes.csv", "long_table"),
        (b"item_id,annotator,label\n1,ann,a\n", "votes.csv", "csv"),
        (b'{"messages": [{"role": "user", "content": "a"}]}\n', "data.jsonl", "chat"),
        (b'[{"instruction": "a", "input": "", "output": "b"}]', "data.json", "alpaca"),
        (b'{"conversations": [{"from": "human", "value": "a"}]}\n', "data.jsonl", "sharegpt"),
        (b'{"prompt": "a", "chosen": "b", "rejected": "c"}\n', "data.jsonl", "preference"),
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
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook"),
        (b"\x1f\x8brest", "gzip"),
        (b"%PDF-1.4", "a PDF"),
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


def test_listing_the_formats_imports_none_of_their_libraries() -> None:
    """A web process or a command that only offers formats must not wait for pyarrow or spaCy."""
    code = (
        "import sys, annotation.exchange\n"
        "print([name for name in ('pyarrow', 'openpyxl', 'spacy', 'numpy', 'pandas') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
