from __future__ import annotations

import codecs
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import Row, Shape, UnreadableFile, get

from .files import read_all, read_all_and_peak, record

JSON = get("json")
SHAPE = Shape(("text",), ("intent",), ())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(['"', "\\", "]}", "{[", '\\"'])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.json"


@pytest.mark.parametrize(
    "content",
    [
        b'[{"text": "a"}, {"text": "b"}]',
        b'\n [\n{"text":\n "a"},\n{"text": "b"}\n]\n\n',
        b'{"text": "a"}\n{\n"text": "b"\n}',
        b'{"data": [{"text": "a"}, {"text": "b"}]}',
        codecs.BOM_UTF16_LE + '[{"text": "a"}, {"text": "b"}]'.encode("utf-16-le"),
    ],
)
def test_a_list_objects_in_a_row_and_a_list_under_a_key_read_the_same(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read_all(JSON, path) == ({1: {"text": "a"}, 2: {"text": "b"}}, {})
    assert JSON.columns_and_preview(path, 1).columns == ["text"]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (b'{"text": "a", }', "Not a JSON object"),
        (b"3", "not an object"),
        (b'"a, ] text"', "not an object"),
        (b'[{"text": "a"}]', "not an object"),
        (b'{"text": NaN}', "NaN"),
        (b'{"text": "a", "text": "b"}', "occurs twice"),
        (b'{"n": ' + b"1" * 5_000 + b"}", "5,000 digits"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"text": "caf\xe9"}', "not valid UTF-8"),
        (b'{"text": "' + b'\\"]}' * 600_000 + b'", "more": [1]}', "longer than 2 MB"),
    ],
)
def test_a_record_that_is_no_object_costs_itself_and_not_the_file(path: Path, element: bytes, reason: str) -> None:
    """U4 for lists: what JSON Lines says of a line, for a record by its number."""
    path.write_bytes(b'[{"text": "before"}, ' + element + b', {"text": "after"}]')
    rows, bad = read_all(JSON, path)
    assert rows == {1: {"text": "before"}, 3: {"text": "after"}}
    assert set(bad) == {2}
    assert reason in bad[2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'[{"text": "a"}, {"text": "b"', "brackets or quotes are not closed"),
        (b'[{"text": "a"}, {"text": "b', "brackets or quotes are not closed"),
        (b'[{"text": "a"}}, {"text": "b"}]', "brackets or quotes are not closed"),
        (b'[{"text": "a"},', "cut off"),
        (b'[{"text": "a"}] [{"text": "b"}]', "follows the list"),
        (b'{"data": [{"text": "a"}], "version": 2}', "follows the list"),
        (b'{"text": "a"} text', "no JSON object"),
    ],
)
def test_where_a_file_breaks_off_is_told_and_what_came_before_is_read(path: Path, content: bytes, reason: str) -> None:
    path.write_bytes(content)
    rows, bad = read_all(JSON, path)
    assert rows == {1: {"text": "a"}}
    assert reason in bad[2]


def test_what_stands_beside_the_list_is_told(path: Path) -> None:
    path.write_bytes(b'{"version": "1", "data": [{"text": "a"}, {"text": "b"}]}')
    first, second = JSON.read(path)
    assert isinstance(first, Row) and isinstance(second, Row)
    assert "beside the list" in first.losses[0]
    assert not second.losses


@pytest.mark.parametrize("content", [b"", b"  \n", b"text", b'"a"'])
def test_a_file_without_a_list_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        list(JSON.read(path))


def test_endless_brackets_and_endless_text_are_passed_over_in_bounded_memory(path: Path) -> None:
    path.write_bytes(b"[" + b"[" * 8_000_000)
    assert read_all_and_peak(JSON, path)[2] < 16_000_000
    path.write_bytes(b'[{"text": "' + b"a" * 30_000_000 + b'"}, {"text": "b"}]')
    rows, bad, peak = read_all_and_peak(JSON, path)
    assert (rows, set(bad)) == ({2: {"text": "b"}}, {1})
    assert peak < 16_000_000


@given(
    texts=st.lists(st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=2), max_size=3), min_size=1, max_size=5),
    indent=st.sampled_from([None, 2]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_records_are_found_whatever_brackets_and_quotes_their_texts_hold(
    path: Path, texts: list[dict[str, object]], indent: int | None
) -> None:
    path.write_text(json.dumps(texts, indent=indent))
    assert [each.values for each in JSON.read(path) if isinstance(each, Row)] == texts


def test_what_is_written_is_json_and_comes_back_with_its_votes(path: Path) -> None:
    for count in (0, 3):
        target = io.BytesIO()
        records = [record(number) for number in range(count)]
        assert JSON.write(records, target, SHAPE, {}).rows == count
        assert json.loads(target.getvalue()) == records
    path.write_bytes(target.getvalue())
    rows = [each for each in JSON.read(path, start_after=1) if isinstance(each, Row)]
    assert [each.line for each in rows] == [2, 3]
    (vote,) = rows[0].votes
    assert (vote.annotator, vote.kind, vote.answers) == ("ann", "human", {"intent": "delivery"})
    assert JSON.columns_and_preview(path).questions[0].options == ("delivery",)
