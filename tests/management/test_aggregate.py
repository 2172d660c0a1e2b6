"""`manage.py aggregate` prints one label per item, in order, and says what was left out."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from annotation.workflow.aggregating import spelled

Rows = list[dict[str, str]]
Run = Callable[..., tuple[Rows, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """(item, annotator, label) rows and options → the table that is printed, and what is said beside it."""

    def ran(votes: list[tuple[str, str, str]], known: list[dict[str, object]] | None = None, **options: object):  # type: ignore[no-untyped-def]
        path = tmp_path / "votes.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("item_id", "annotator", "label"), *votes])
        if known is not None:
            options["items"] = tmp_path / "items.jsonl"
            options["items"].write_text("".join(json.dumps(item) + "\n" for item in known))
        call_command("aggregate", str(path), **options)
        printed = capsys.readouterr()
        return list(csv.DictReader(io.StringIO(printed.out))), printed.err

    return ran


def opinions(seed: int = 0) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """Five annotators on 120 items of three classes."""
    draw = random.Random(seed)
    gold = {str(item): draw.choice(["cat", "dog", "fox"]) for item in range(120)}
    rows = [
        (item, f"a{who}", label if draw.random() < accuracy else draw.choice(["cat", "dog", "fox"]))
        for item, label in gold.items()
        for who, accuracy in enumerate([0.9, 0.8, 0.7, 0.5, 0.3])
    ]
    return rows, gold


@pytest.mark.parametrize("method", ["auto", "ds", "anchored-ds", "ebcc", "mv"])
def test_labels_posteriors_and_anchors(run: Run, method: str) -> None:
    votes, gold = opinions()
    rows, said = run(
        votes, [{"id": int(item), "gold": label} for item, label in gold.items()], method=method, anchor=20
    )
    assert [row["item_id"] for row in rows] == [str(item) for item in range(120)]
    assert list(rows[0]) == ["item_id", "label", "posterior", "anchored", "p_cat", "p_dog", "p_fox"]
    held = [row for row in rows if row["anchored"] == "1"]
    assert len(held) == 20
    assert all(row["label"] == gold[row["item_id"]] and float(row["posterior"]) == 1 for row in held)
    for row in rows:
        shares = [float(row[f"p_{label}"]) for label in ("cat", "dog", "fox")]
        assert abs(sum(shares) - 1) < 1e-9
        assert float(row["posterior"]) == pytest.approx(max(shares))
    assert sum(row["label"] == gold[row["item_id"]] for row in rows) > 100
    assert "600 votes by 5 annotators on 120 items" in said


def test_the_same_votes_in_another_order_print_the_same(run: Run) -> None:
    votes, gold = opinions(1)
    items = [{"id": item, "gold": label} for item, label in gold.items()]
    first = run(votes, items, method="anchored", anchor=30, seed=4)[0]
    random.Random(2).shuffle(votes)
    random.Random(3).shuffle(items)
    assert run(votes, items, method="anchored", anchor=30, seed=4)[0] == first
    other = run(votes, items, method="anchored", anchor=30, seed=5)[0]
    assert [row["anchored"] for row in other] != [row["anchored"] for row in first]
    assert sum(row["anchored"] == "1" for row in run(votes, items[:7], anchor=500)[0]) == 7


def test_who_answers_twice_counts_once_and_bad_lines_are_told(run: Run) -> None:
    rows, said = run([("1", "a", "x"), ("1", "b", "y"), ("1", "", "y"), ("1", "a", "y"), ("2", "a", "x")], method="mv")
    assert [(row["item_id"], row["label"], row["posterior"]) for row in rows] == [("1", "y", "1.0"), ("2", "x", "1.0")]
    assert "Line 4 is left out: “annotator” is empty." in said
    assert "Line 5: the same annotator answered this item before; the last counts." in said


def test_ratings_have_a_middle(run: Run) -> None:
    votes = [("1", who, label) for who, label in zip("abc", ["2", "10", "10"], strict=True)]
    votes += [("2", who, label) for who, label in zip("abc", ["1", "2", "10"], strict=True)]
    rows, _ = run(votes, method="median")
    assert [row["label"] for row in rows] == ["10", "2"]
    with pytest.raises(CommandError, match="no numbers"):
        run([("1", "a", "good")], method="median")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["B-PER I-PER O", "B-PER I-PER O", "O O O", "B-PER X O"], "B-PER I-PER O"),
        (['["I-A", "I-A", "O"]', '["B-A", "I-A", "O"]', '["O", "O", "O"]', '["O"]'], '["B-A", "I-A", "O"]'),
        (['[[0, 4, "A"]]', '[[0, 4, "A"]]', "[]", '[[4, 0, "A"]]'], '[[0,4,"A"]]'),
        (
            ['[{"start":0,"end":4,"label":"A"}]', '[{"end":4,"start":0,"label":"A"}]', "[]", '[{"start":0}]'],
            '[{"end":4,"label":"A","start":0}]',
        ),
    ],
)
@pytest.mark.parametrize("method", ["ds", "exact_spans"])
def test_spans_come_out_as_they_went_in(run: Run, cells: list[str], expected: str, method: str) -> None:
    rows, said = run([("7", f"a{who}", cell) for who, cell in enumerate(cells)], method=method)
    assert [(row["item_id"], row["label"], row["anchored"]) for row in rows] == [("7", expected, "0")]
    assert "Line 5 is left out: " in said


def test_known_spans_are_held_and_words_of_the_text_are_tokens(run: Run) -> None:
    cells = {"1": ['[[0, 3, "A"]]'] * 3, "2": ['[[0, 7, "B"]]', '[[0, 7, "B"]]', '[[4, 7, "B"]]']}
    votes = [(item, f"a{who}", cell) for item, each in cells.items() for who, cell in enumerate(each)]
    items = [{"id": 1, "text": "Ada ran", "gold": [{"start": 4, "end": 7, "label": "A"}]}, {"id": 2, "text": "Bob ran"}]
    rows, _ = run(votes, items, anchor=5)
    assert [(row["label"], row["posterior"], row["anchored"]) for row in rows[:1]] == [('[[4,7,"A"]]', "1.0", "1")]
    assert rows[1]["label"] == '[[0,7,"B"]]'


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"anchor": 5}, "give a file that has them with --items"),
        ({"method": "guessing"}, "“guessing” is no method. There are auto, majority"),
        ({"method": "spans"}, "is for spans"),
        ({"method": "trust_one"}, "needs known answers"),
        ({"items": Path("nowhere.jsonl")}, "nowhere.jsonl cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, options: dict[str, object], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run([("1", "a", "x")], **options)


def test_files_that_are_none_are_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing\.csv cannot be read"):
        call_command("aggregate", str(tmp_path / "missing.csv"))
    (tmp_path / "votes.csv").write_text("item,annotator,label\n1,a,x\n")
    with pytest.raises(CommandError, match="no column “item_id”"):
        call_command("aggregate", str(tmp_path / "votes.csv"))


def test_a_posterior_next_to_one_says_how_near() -> None:
    assert spelled(np.array([0.25, 0.75]), 1) == "0.75"
    assert spelled(np.array([1e-20, 1.0]), 1) == "0.99999999999999999999"
    assert spelled(np.array([0.0, 1.0]), 1) == "1.0"
