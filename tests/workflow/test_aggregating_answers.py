"""Texts and orders of a file of votes become one answer an item."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annotation.workflow.aggregating import aggregate_file
from annotation.workflow.aggregating_answers import order_of
from annotation.workflow.errors import Refused


def file_of(folder: Path, votes: list[tuple[str, str, str]]) -> Path:
    path = folder / "votes.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("item_id", "annotator", "label"), *votes])
    return path


def test_the_text_that_is_nearest_to_the_others_is_chosen(tmp_path: Path) -> None:
    texts = ["The cat sat.", "The cat sat!", "Nothing of the kind"]
    path = file_of(tmp_path, [("1", f"a{place}", text) for place, text in enumerate(texts)])
    [head, row] = list(aggregate_file(path, method="medoid"))
    assert list(head) == ["item_id", "label", "posterior", "anchored"]
    assert row[0] == "1"
    assert row[1] in texts[:2]
    assert 0.3 < float(str(row[2])) < 1


def test_orders_become_the_likeliest_one_and_what_is_none_is_said(tmp_path: Path) -> None:
    told: list[str] = []
    orders = ["a > b > c", '["a", "c", "b"]', "a = b > c", "just words", '[["a"], ["b", "c"]]']
    path = file_of(tmp_path, [("7", f"a{place}", order) for place, order in enumerate(orders)])
    [_, row] = list(aggregate_file(path, method="bradley-terry", tell=told.append))
    assert row[1] == "a > b > c"
    assert 0.5 < float(str(row[2])) < 0.8, "the order of b and c is the least sure"
    assert [each for each in told if "just words" in each]


def test_a_file_without_orders_is_refused_and_so_are_anchors(tmp_path: Path) -> None:
    path = file_of(tmp_path, [("1", "a", "words"), ("2", "a", "a > a")])
    with pytest.raises(Refused, match="no orders"):
        aggregate_file(path, method="bradley_terry")
    known = tmp_path / "items.jsonl"
    known.write_text('{"id": "1", "gold": "words"}\n')
    with pytest.raises(Refused, match="leave out --anchor"):
        aggregate_file(path, items=known, method="medoid", anchors=3)


@pytest.mark.parametrize("label", ["", "a", "a > ", "a > a", "[1", "[" * 10_000, '["a"]', '[[], ["a", "b"]]x'])
def test_what_is_no_order(label: str) -> None:
    assert order_of(label) is None
