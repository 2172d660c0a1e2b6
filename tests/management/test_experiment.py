"""`manage.py experiment` prints a report, writes its files, and says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.workflow.labelled_texts import dataset_of_file
from tests.experiments import offered
from tests.experiments.offered import HOSTILE, NAME


@pytest.fixture(autouse=True)
def coin() -> Iterator[None]:
    with offered.offered():
        yield


def test_it_prints_the_report_and_writes_it_with_its_charts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("experiment", NAME, "--seeds", "2", "--with", "tosses=2", "--out", tmp_path / "report")
    printed = capsys.readouterr()
    assert "# Coin" in printed.out
    assert "4 of 4: 1/1" in printed.err
    folder = tmp_path / "report"
    assert sorted(path.name for path in folder.iterdir()) == [
        "1-heads-by-round.svg", "2-gain.svg", "3-yield.svg", "report.json", "report.md",
    ]  # fmt: skip
    assert (folder / "report.md").read_text() == printed.out
    written = json.loads((folder / "report.json").read_text())
    assert (written["seeds"], written["parameters"], written["value"]["label"]) == ([0, 1], {"tosses": 2}, HOSTILE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["eda", "--data", "nowhere.csv"], "nowhere.csv"),
        ([NAME, "--seeds", "0"], "Between 1 and"),
        ([NAME, "--with", "dice=2"], "Unknown parameters: dice"),
        ([NAME, "--with", "tosses=many"], "is not NAME=JSON"),
    ],
)
def test_what_it_cannot_do_it_says(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("experiment", *arguments)


def test_a_file_keeps_its_own_test_split_and_leaks_none_of_it(tmp_path: Path) -> None:
    rows = [
        {"text": f"{split} text {number}", "gold": "ab"[number % 2], "split": split}
        for split, count in (("train", 40), ("test", 20))
        for number in range(count)
    ]
    rows.append({"text": "test text 1", "gold": "b", "split": "train"})
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = dataset_of_file(path)
    assert (len(data.train), len(data.test), data.labels) == (40, 20, ("a", "b"))
    assert all(example.text.startswith("test") for example in data.test)


def test_without_data_it_takes_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--with", 'learners=["words"]', "--with", 'methods=["none"]', "--with", "sizes=[100]"]
    call_command("experiment", "eda", "--seeds", "1", *changes)
    assert "demo messages: 213 texts to learn from, 90 held out" in capsys.readouterr().out
