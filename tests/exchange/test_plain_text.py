from __future__ import annotations

import io
from pathlib import Path

import pytest

from annotation.exchange import Row, Shape, detect, get, read_file, unpack

from .files import read_all, record

SHAPE = Shape(("text",), ("intent",), shown=({"name": "text", "type": "text"},))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.txt"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", {1: "One", 2: "two.", 4: "Three 🚲", 6: " four"}),
        ("paragraphs", {1: "One\ntwo.", 4: "Three 🚲", 6: " four"}),
        ("documents", {1: "One\ntwo.\n\nThree 🚲\n\n four\n"}),
    ],
)
def test_a_document_is_a_line_a_paragraph_or_the_file(path: Path, name: str, expected: dict[int, str]) -> None:
    path.write_text("One\ntwo.\n\nThree 🚲\n\n four\n", newline="")
    rows, bad = read_all(get(name), path)
    assert {line: values["text"] for line, values in rows.items()} == expected
    assert not bad
    last = max(rows)
    assert [each.line for each in get(name).read(path, start_after=last - 1)] == [last]


def test_what_is_no_utf8_or_too_long_costs_its_own_document(path: Path) -> None:
    path.write_bytes(b"fine\n\ncaf\xe9\n\n" + (b"x" * 99_999 + b"\n") * 21 + b"\nlast\n")
    for name in ("text", "paragraphs"):
        rows, bad = read_all(get(name), path)
        assert {1, 27} <= set(rows)
        assert "UTF-8" in bad[3]
    assert "longer than 2 MB" in bad[5]
    assert "longer than 2 MB" in read_all(get("documents"), path)[1][1]


def test_a_zip_of_texts_is_a_document_a_file_and_comes_back(tmp_path: Path) -> None:
    records = [record(number, fields={"text": f"One\n\n{number}"}, split="") for number in (1, 2)]
    archive = tmp_path / "texts.zip"
    with archive.open("wb") as target:
        assert get("documents").write(records, target, SHAPE, {}).rows == 2
    found = unpack(archive, "texts.zip", tmp_path / "folder")
    kind = detect(*found)
    assert kind.name == "documents"
    reading = read_file(kind, found.path)
    assert [each.values for each in reading if isinstance(each, Row)] == [
        {"id": "1.txt", "text": "One\n\n1"}, {"id": "2.txt", "text": "One\n\n2"},
    ]  # fmt: skip
    assert reading.position == reading.size


def test_what_a_line_or_a_paragraph_cannot_hold_is_counted(path: Path) -> None:
    records = [record(1, fields={"text": "a\n\nb"}), record(2, fields={"text": ""}), record(3, fields={"text": "c"})]
    for name, content in (("text", "a b\nc\n"), ("paragraphs", "a\nb\n\nc\n\n")):
        target = io.BytesIO()
        written = get(name).write(records, target, SHAPE, {})
        assert target.getvalue().decode() == content
        assert (written.rows, sorted(written.losses.values())) == (2, [1, 1])
