"""`manage.py simulate` prints the table and draws the picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

SENTENCES = {
    "sport": ["The {} won the final", "A new record by the {}", "The {} lost in extra time"],
    "money": ["Shares of the {} fell", "The {} raised its forecast", "The {} was bought for millions"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    rows = [
        {"text": pattern.format(name), "gold": topic}
        for topic, patterns in SENTENCES.items()
        for pattern in patterns
        for name in ["north", "south", "east", "west", "city", "lions", "union", "express"]
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_it_prints_how_many_answers_were_needed_and_draws_it(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("simulate", file, strategy=["ours", "random"], batch=8, out=tmp_path / "curve.svg")
    printed = capsys.readouterr().out
    assert "48 items" in printed
    assert "ours: " in printed
    assert "of the items)" in printed
    drawn = (tmp_path / "curve.svg").read_text()
    assert drawn.startswith("<svg")
    assert "Items answered by people" in drawn


@pytest.mark.parametrize("arguments", [["--target", "2"], ["--batch", "0"], ["--out", "curve.exe"]])
def test_settings_that_make_no_sense_are_refused(file: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="argument"):
        call_command("simulate", str(file), *arguments)


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("simulate", tmp_path / "nowhere.jsonl")
