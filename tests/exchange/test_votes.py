"""Tables of votes are read as spreadsheets and crowd-sourcing tools write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotation.exchange import UnreadableFile
from annotation.exchange.votes import read_votes


@pytest.mark.parametrize(
    "raw",
    [
        "item_id,annotator,label\n1,ann,yes\n1,bob,no\n",
        "\ufeffitem_id;annotator;label\r\n1;ann;yes\r\n1;bob;no\r\n",
        "label\tseconds\tannotator\titem_id\nyes\t3\tann\t1\nno\t4\tbob\t 1 \n",
    ],
    ids=["commas", "a spreadsheet's", "tabs, in another order, with more columns"],
)
def test_votes_are_read_whatever_the_delimiter_and_the_order_of_columns(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "votes.csv"
    path.write_bytes(raw.encode())
    table = read_votes(path)
    assert table.votes == {("1", "ann"): "yes", ("1", "bob"): "no"}
    assert not table.bad
    assert not table.repeated


def test_bad_rows_and_repeated_answers_are_told_by_line_and_the_last_answer_counts(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text('item_id,annotator,label\n1,ann,"several\nlines"\n1,,no\n2,ann\n1,ann,last\n')
    table = read_votes(path)
    assert table.votes == {("1", "ann"): "last"}
    assert [bad.line for bad in table.bad] == [4, 5]
    assert table.repeated == [6]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", "empty"),
        ("item_id,label\n1,a\n", "“annotator”"),
        ("item_id,annotator,label\n1,,a\n", "Line 2: “annotator”"),
    ],
)
def test_a_file_without_votes_says_what_it_lacks(tmp_path: Path, raw: str, said: str) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(raw)
    with pytest.raises(UnreadableFile, match=said):
        read_votes(path)
