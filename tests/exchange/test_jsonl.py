from __future__ import annotations

import codecs
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import ImportedItem, Row, Shape, UnreadableFile, get, guess, to_item

from .files import INTENT, read_all, read_all_and_peak, record

JSONL = get("jsonl")
SHAPE = Shape(("text",), ("intent",), ())
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.jsonl"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "cut', "Not a JSON object"),
        (b"plain words", "Not a JSON object"),
        (b'{"text": "a"} {"text": "b"}', "Extra data"),
        (b'["a", "list"]', "not an object"),
        (b'"text"', "not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"text": "a", "n": ' + b"1" * 5_000 + b"}", "5,000 digits"),
        (b'{"text": "a", "n": NaN}', "NaN"),
        (b'{"text": "a", "n": -Infinity}', "Infinity"),
        (b'{"text": "a", "n": 1e999}', "too large"),
        (b'{"text": "a", "text": "b"}', "“text” occurs twice"),
        (b'{"text": "a", "m": {"k": 1, "k": 2}}', "“k” occurs twice"),
        (b'{"fields": {"x": 1}, "fields.x": 2}', "“fields.x” occurs twice"),
        (b'{"text": "caf\xe9"}', "not valid UTF-8"),
        (b'{"text": "a\0b"}', "Invalid control character at character 12"),
        (b"{" + b",".join(b'"%d":1' % n for n in range(1_001)) + b"}", "1,000 keys"),
        (b'{"text": "' + b"a" * 2_000_001 + b'"}', "longer than 2 MB"),
    ],
)
def test_a_bad_line_is_reported_by_number_and_the_lines_around_it_are_read(
    path: Path, line: bytes, reason: str
) -> None:
    path.write_bytes(b'{"text": "before"}\n' + line + b'\n\n{"text": "after"}')
    rows, bad = read_all(JSONL, path)
    assert rows == {1: {"text": "before"}, 4: {"text": "after"}}
    assert set(bad) == {2}
    assert reason in bad[2]


def test_excerpts_and_reasons_can_be_stored_whatever_the_line_holds(path: Path) -> None:
    path.write_bytes(b'{"a\0\xff": 1\n{"\\ud800": 1, "\\ud800": 2}\n{"\\u0000": 1, "\\u0000": 2}\n')
    for verdict in JSONL.read(path):
        stored = verdict.reason + verdict.excerpt  # type: ignore[union-attr]
        assert "\0" not in stored
        assert stored.encode()


def test_utf16_with_a_byte_order_mark_is_read(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_LE + '{"text": "Grüße 🚲"}\r\n'.encode("utf-16-le"))
    assert read_all(JSONL, path) == ({1: {"text": "Grüße 🚲"}}, {})


def test_a_line_of_64_megabytes_is_passed_over_in_bounded_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'{"text": "')
        file.truncate(64_000_000)
        file.seek(0, io.SEEK_END)
        file.write(b'\n{"text": "after"}\n')
    rows, bad, peak = read_all_and_peak(JSONL, path)
    assert rows == {2: {"text": "after"}}
    assert "longer than 2 MB" in bad[1]
    assert peak < 16_000_000


def test_the_preview_gathers_columns_of_all_first_records_in_order(path: Path) -> None:
    path.write_text('{"text": "a"}\nbroken\n{"id": 2, "text": "b"}\n{"text": "c", "late": null}\n')
    preview = JSONL.columns_and_preview(path, 1)
    assert preview.columns == ["text", "id", "late"]
    assert preview.rows == [Row(1, {"text": "a"})]
    assert [bad.line for bad in preview.bad] == [2]


def test_ten_thousand_different_keys_are_refused_in_one_sentence(path: Path) -> None:
    path.write_text("".join(json.dumps({f"k{n}-{m}": 1 for m in range(100)}) + "\n" for n in range(100)))
    with pytest.raises(UnreadableFile, match="1,000 different keys"):
        JSONL.columns_and_preview(path)


def test_an_empty_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\n \n")
    with pytest.raises(UnreadableFile, match="empty"):
        JSONL.columns_and_preview(path)


def test_reading_goes_on_after_a_checkpoint_and_tells_its_position(path: Path) -> None:
    path.write_text("".join(f'{{"text": "{n}"}}\n' for n in range(1, 6)))
    reading = JSONL.read(path, start_after=3)
    assert [verdict.line for verdict in reading] == [4, 5]
    assert reading.position == reading.size == path.stat().st_size


@given(
    items=st.lists(
        st.tuples(TEXT.filter(str.strip), TEXT, st.dictionaries(TEXT, JSON, max_size=3)), min_size=1, max_size=4
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_an_export_comes_back_with_the_same_fields_ids_metadata_and_hashes(
    path: Path, items: list[tuple[str, str, dict]]
) -> None:
    exported = [
        record(number, external_id=external_id.strip(), fields={"text": text}, metadata=metadata)
        for number, (text, external_id, metadata) in enumerate(items)
    ]
    with path.open("wb") as target:
        assert JSONL.write(exported, target, SHAPE, {}).rows == len(exported)
    columns = JSONL.columns_and_preview(path).columns
    mapping = guess(columns, ["text"], [INTENT])
    mapping.check(columns, ["text"], [INTENT])
    for expected, row in zip(exported, JSONL.read(path), strict=True):
        assert isinstance(row, Row)
        item = to_item(row, mapping, [{"name": "text", "type": "text"}], [INTENT])
        assert isinstance(item, ImportedItem)
        assert (item.fields, item.external_id) == (expected["fields"], expected["external_id"])
        assert item.metadata == expected["metadata"]
        assert item.gold == {}


def test_writing_loses_nothing_and_gives_the_same_bytes_whatever_the_order_of_keys() -> None:
    original = record(fields={"text": "line\u2028separator\n\ttab \x7f ü 🚲"}, metadata={"b": [1.5, None], "a": "=1+1"})
    shuffled = dict(reversed(original.items()))
    first, second = io.BytesIO(), io.BytesIO()
    JSONL.write([original], first, SHAPE, {})
    JSONL.write([shuffled], second, SHAPE, {})
    assert first.getvalue() == second.getvalue()
    assert json.loads(first.getvalue()) == original
    assert first.getvalue().count(b"\n") == 1
