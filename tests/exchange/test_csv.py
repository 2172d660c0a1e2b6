from __future__ import annotations

import codecs
import io
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import Row, Shape, UnreadableFile, get
from annotation.exchange.csv import escape, unescape
from annotation.exchange.records import RECORD_LINES

from .files import read_all, read_all_and_peak, record

CSV = get("csv")
SHAPE = Shape(("text",), ("intent",), ("channel",))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_with_a_byte_order_mark_reads_the_same(path: Path, encoding: str) -> None:
    content = "id,text\r\n1,Grüße 🚲\r\n2,再见\r\n"
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    path.write_bytes(mark + content.encode(encoding))
    assert read_all(CSV, path) == ({2: {"id": "1", "text": "Grüße 🚲"}, 3: {"id": "2", "text": "再见"}}, {})


def test_a_lone_surrogate_in_utf16_spoils_its_own_row_only(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF16_LE + "id,text\n1,a\ud800b\n2,fine\n".encode("utf-16-le", "surrogatepass") + b"x")
    rows, bad = read_all(CSV, path)
    assert rows == {3: {"id": "2", "text": "fine"}}
    assert "UTF-8" in bad[2]
    assert set(bad) == {2, 4}


def test_utf32_is_refused_by_name(path: Path) -> None:
    path.write_bytes("id,text\n".encode("utf-32"))
    with pytest.raises(UnreadableFile, match="UTF-32"):
        CSV.read(path)


def test_bytes_that_are_not_utf8_spoil_their_own_row_only(path: Path) -> None:
    path.write_bytes(b"id,text\n1,caf\xe9\n2,fine\n3,\xed\xa0\x80\n4,fine\n")
    rows, bad = read_all(CSV, path)
    assert set(rows) == {3, 5}
    assert set(bad) == {2, 4}
    assert "byte 6" in bad[2]


def test_nul_bytes_are_left_to_the_item_to_judge_and_hurt_no_other_row(path: Path) -> None:
    path.write_bytes(b"id,text\n1,a\0b\n2,fine\n")
    assert read_all(CSV, path)[0] == {2: {"id": "1", "text": "a\0b"}, 3: {"id": "2", "text": "fine"}}
    assert CSV.sniff(path.read_bytes(), "upload.csv") > 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_among_texts_full_of_the_others(path: Path, delimiter: str) -> None:
    others = "".join({",", ";", "\t", "|"} - {delimiter})
    lines = ["id{0}text{0}label", *(f"{n}{{0}}a{others} b, c; d{{0}}x" for n in range(9))]
    content = "\n".join(lines).replace("a, b", "a").format(delimiter)
    content = content.replace("b, c; d", f"b{others}c")
    path.write_text(content, newline="")
    rows, bad = read_all(CSV, path)
    assert not bad
    assert len(rows) == 9
    assert set(rows[2]) == {"id", "text", "label"}


def test_a_file_of_one_column_keeps_the_commas_of_its_texts(path: Path) -> None:
    path.write_text("text\nHello, world\nOne, two, three\nplain\n")
    rows, bad = read_all(CSV, path)
    assert [row["text"] for row in rows.values()] == ["Hello, world", "One, two, three", "plain"]
    assert not bad


def test_lines_are_counted_physically_across_quoted_line_breaks_and_blank_lines(path: Path) -> None:
    path.write_bytes(b'id,text\r\n1,"two\r\nlines ""quoted"", yes"\r\n\r\n2,last')
    assert read_all(CSV, path)[0] == {
        2: {"id": "1", "text": 'two\r\nlines "quoted", yes'},
        5: {"id": "2", "text": "last"},
    }


def test_a_quote_inside_a_bare_cell_is_an_ordinary_character(path: Path) -> None:
    path.write_text('id,text\n1,a 29" wheel\n2,fine\n')
    assert read_all(CSV, path) == ({2: {"id": "1", "text": 'a 29" wheel'}, 3: {"id": "2", "text": "fine"}}, {})


def test_ragged_rows_are_bad_and_say_how_many_cells_they_have(path: Path) -> None:
    path.write_text("id,text\n1\n2,ok\n3,a,b\n")
    rows, bad = read_all(CSV, path)
    assert set(rows) == {3}
    assert bad == {2: "The row has 1 cell, the header has 2.", 4: "The row has 3 cells, the header has 2."}


def test_an_unclosed_quote_costs_one_line_not_the_file(path: Path) -> None:
    path.write_text('id,text\n1,fine\n2,"never closed\n3,fine\n4,fine\n')
    rows, bad = read_all(CSV, path)
    assert set(rows) == {2, 4, 5}
    assert "not closed" in bad[3]


def test_an_unclosed_quote_that_a_later_row_closes_by_accident_costs_one_line(path: Path) -> None:
    path.write_text('id,text\n1,"never closed\n2,"fine"\n3,"fine"\n')
    rows, bad = read_all(CSV, path)
    assert set(rows) == {3, 4}
    assert "closing quote" in bad[2]


def test_quotes_that_never_fit_take_bounded_time_and_every_skipped_line_is_named(path: Path) -> None:
    lines = 60_000
    path.write_text("id,text\n" + 'b","\n' * lines)
    started = time.perf_counter()
    _, bad = read_all(CSV, path)
    assert time.perf_counter() - started < 20
    assert f"to {min(lines + 1, 21 + RECORD_LINES)}" in " ".join(bad.values())


def test_a_line_of_many_cells_and_one_late_quote_is_read_in_linear_time(path: Path) -> None:
    path.write_text("id,text\n" + "," * 1_000_000 + '"\n2,fine\n')
    started = time.perf_counter()
    rows, bad = read_all(CSV, path)
    assert time.perf_counter() - started < 20
    assert set(rows) == {3}
    assert set(bad) == {2}


def test_a_huge_unclosed_quote_is_read_in_bounded_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'id,text\n1,"open')
        file.truncate(64_000_000)
        file.seek(0, io.SEEK_END)
        file.write(b"\n2,fine\n")
    rows, bad, peak = read_all_and_peak(CSV, path)
    assert set(rows) == {3}
    assert "longer than 2 MB" in bad[2]
    assert peak < 24_000_000


def test_a_cell_of_200_000_characters_is_read_whole(path: Path) -> None:
    path.write_text("id,text\n1," + "ä" * 200_000 + "\n")
    assert len(read_all(CSV, path)[0][2]["text"]) == 200_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"id,text,id\n1,a,b\n", "“id” twice"),
        (b"id,,text\n1,a,b\n", "Column 2 has no name"),
        (b'id,"text\n1,a\n', "header"),
        (b"id,te\xffxt\n1,a\n", "header"),
        (b"id,te\0xt\n1,a\n", "NUL"),
        (b"id,text\r1,a\r2,b\r", "carriage return"),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n", "10,000 columns"),
    ],
)
def test_a_file_without_a_usable_header_is_refused_in_one_sentence(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    for read in (CSV.read, CSV.columns_and_preview):
        with pytest.raises(UnreadableFile, match=message):
            read(path)


def test_the_preview_shows_columns_first_rows_and_the_bad_ones_between(path: Path) -> None:
    path.write_text("id,text\n1,a\n2\n3,c\n4,d\n")
    preview = CSV.columns_and_preview(path, 2)
    assert preview.columns == ["id", "text"]
    assert preview.rows == [Row(2, {"id": "1", "text": "a"}), Row(4, {"id": "3", "text": "c"})]
    assert [bad.line for bad in preview.bad] == [3]


def test_reading_goes_on_after_a_checkpoint_and_tells_its_position(path: Path) -> None:
    path.write_text('id,text\n1,"a\nb"\n2,"c\nd"\n3,e\n')
    reading = CSV.read(path, start_after=2)
    assert [verdict.line for verdict in reading] == [4, 6]
    assert reading.position == reading.size == path.stat().st_size


@given(cells=st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_what_the_writer_writes_the_reader_reads_back_exactly(path: Path, cells: list[tuple[str, ...]]) -> None:
    exported = [
        record(number, external_id=external_id, fields={"text": text}, metadata={key: value}, split=key)
        for number, (external_id, text, key, value) in enumerate(cells)
    ]
    shape = Shape(("text",), ("intent",), tuple(sorted({key for _, _, key, _ in cells})))
    for spreadsheet_safe in (False, True):
        settings = {"spreadsheet_safe": "yes" if spreadsheet_safe else "no"}
        with path.open("wb") as target:
            assert CSV.write(exported, target, shape, settings).rows == len(exported)
        verdicts = list(CSV.read(path, spreadsheet_safe=spreadsheet_safe))  # type: ignore[call-arg]
        assert len(verdicts) == len(exported)
        for verdict, (external_id, text, key, value) in zip(verdicts, cells, strict=True):
            assert isinstance(verdict, Row)
            assert verdict.values["text"] == text
            assert verdict.values["external_id"] == external_id
            assert verdict.values[f"metadata.{key}"] == value
            assert verdict.values["intent"] == "delivery"


def test_the_flat_row_says_what_was_decided_by_whom_and_how_surely() -> None:
    target = io.BytesIO()
    CSV.write([record(), record(2, labels={}, metadata={})], target, SHAPE, {})
    header, first, second, end = target.getvalue().decode().split("\r\n")
    assert header == (
        "id,external_id,text,intent,intent.decided_by,intent.posterior,intent.votes,stage,split,metadata.channel"
    )
    assert first == "1,m-1,Where is my parcel?,delivery,people,0.98,2,settled,train,chat"
    assert second == "2,m-2,Where is my parcel?,,,,,settled,train,"
    assert end == ""


def test_names_that_are_taken_are_told_apart() -> None:
    target = io.BytesIO()
    CSV.write([record(fields={"id": "a", "topic": "b"})], target, Shape(("id", "topic"), ("topic", "stage"), ()), {})
    header = target.getvalue().decode().split("\r\n")[0].split(",")
    assert len(set(header)) == len(header)
    assert {"id", "fields.id", "fields.topic", "topic", "stage", "labels.stage"} <= set(header)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/C calc'!A0"])
def test_a_cell_that_a_spreadsheet_would_run_is_escaped(cell: str) -> None:
    target = io.BytesIO()
    CSV.write([record(fields={"text": cell}, metadata={"channel": cell})], target, SHAPE, {})
    written = target.getvalue().decode()
    assert written.count("'" + cell) == 2
    CSV.write([record(fields={"text": cell})], target := io.BytesIO(), SHAPE, {"spreadsheet_safe": "no"})
    assert "'" + cell not in target.getvalue().decode()


@given(TEXT)
def test_unescaping_undoes_escaping_for_every_text(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not escape(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_writing_no_records_still_writes_the_header() -> None:
    target = io.BytesIO()
    assert CSV.write([], target, SHAPE, {}).rows == 0
    assert target.getvalue().startswith(b"id,external_id,text,")
