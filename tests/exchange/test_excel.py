from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from annotation.exchange import Row, Shape, UnreadableFile, get

from .files import INTENT, read_all, record

EXCEL = get("excel")
SHAPE = Shape(("text",), ("intent",), ("channel",), asked=(INTENT,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.xlsx"


def test_what_is_written_is_read_back_and_no_cell_is_a_formula(path: Path) -> None:
    texts = ["=1+1", "#N/A", "+cmd", "two\nlines 🚲", "  spaces ", "1234", "2026-01-02"]
    records = [record(number, fields={"text": text}) for number, text in enumerate(texts)]
    with path.open("wb") as target:
        assert EXCEL.write(records, target, SHAPE, {}).rows == len(texts)
    again = io.BytesIO()
    EXCEL.write(records, again, SHAPE, {})
    assert again.getvalue() == path.read_bytes()
    rows = [each for each in EXCEL.read(path) if isinstance(each, Row)]
    assert [each.values["text"] for each in rows] == texts
    assert rows[0].values["intent.posterior"] == 0.98
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert [each.line for each in EXCEL.read(path, start_after=7)] == [8]


def test_what_a_cell_cannot_hold_is_counted(path: Path) -> None:
    with path.open("wb") as target:
        losses = EXCEL.write([record(1, fields={"text": "a\x01\r\nb" + "x" * 40_000})], target, SHAPE, {}).losses
    assert sorted(losses.values()) == [1, 1, 1]
    ((row,), _bad) = (list(read_all(EXCEL, path)[0].values()), None)
    assert row["text"].startswith("a\nbx")
    assert len(row["text"]) == 32_767


def test_sheets_dates_gaps_and_ragged_rows(path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.append([])
    for cells in (["id", "text", "when"], [1, "a", datetime(2026, 1, 2, 3, 4)], [], [2, None, None, "more"], [3, "c"]):
        first.append(cells)
    other = book.create_sheet("Notes")
    other.append(["something", "else"])
    last = book.create_sheet("Data 2")
    last.append(["id", "text", "when"])
    last.append([4, "d"])
    book.save(path)
    rows, bad = read_all(EXCEL, path)
    assert rows == {
        3: {"id": 1, "text": "a", "when": "2026-01-02T03:04:00"},
        6: {"id": 3, "text": "c", "when": None},
        8: {"id": 4, "text": "d", "when": None},
    }
    assert bad == {5: "The row has more cells than the header."}
    preview = EXCEL.columns_and_preview(path)
    assert preview.columns == ["id", "text", "when"]
    assert preview.losses == ["The workbook has several sheets: “Sheet” was read, not Notes."]


def test_a_formula_without_its_result_is_no_empty_cell(path: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["id", "text"], [1, "a"], ["=1+1", "b"], [3, "=NOBODY_WORKED_IT_OUT()"], ["=A2", "=A3"]):
        book.active.append(cells)
    book.save(path)
    told = tmp_path / "told.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(told, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                # As Excel writes a number, and a text that came out empty.
                content = content.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(b"<v />", b"<v></v>")
                content = content.replace(b'r="B4"><f>', b'r="B4" t="str"><f>')
            target.writestr(entry, content)
    rows, bad = read_all(EXCEL, told)
    assert rows == {2: {"id": 1, "text": "a"}, 3: {"id": 2, "text": "b"}, 4: {"id": 3, "text": None}}
    assert list(bad) == [5]
    assert "without its result" in bad[5]
    assert list(read_all(EXCEL, path)[1]) == [3, 4, 5]


def test_a_workbook_that_bursts_and_one_that_is_none_are_refused(path: Path, tmp_path: Path) -> None:
    """U2 for Excel."""
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["a"])
    book.save(path)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", b"<row/>" * 10_000_000 + b"</sheetData>")
            target.writestr(entry.filename, content)
    with pytest.raises(UnreadableFile, match="far more than its size"):
        EXCEL.read(bomb)
    with zipfile.ZipFile(bomb, "w") as target:
        target.writestr("[Content_Types].xml", "<a/>")
    with pytest.raises(UnreadableFile, match="no Excel workbook"):
        EXCEL.read(bomb)
