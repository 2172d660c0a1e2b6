"""`manage.py alt_test` says of a file of votes which models may stand in for people, and what is wrong with it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def write(path: Path, *more: str) -> Path:
    """Three people and two models on 60 items: one says what people say, one something else on half of them."""
    lines = ["item_id,annotator,label"]
    for item in range(60):
        label = "ab"[item % 2]
        lines += [
            f"{item},{name},{label if (item + number) % 7 else 'c'}" for number, name in enumerate(("x", "y", "z"))
        ]
        lines += [f"{item},llm:good,{label}", f"{item},model:bad,{label if item % 4 < 2 else 'c'}"]
    path.write_text("\n".join([*lines, *more]) + "\n")
    return path


def table(printed: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(printed)))


def test_it_prints_a_row_per_model_or_one_per_model_and_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "votes.csv")
    call_command("alt_test", path)
    good, bad = table(capsys.readouterr().out)
    assert (good["model"], good["passed"], good["annotators"]) == ("llm:good", "true", "3")
    assert (float(good["omega"]), float(bad["omega"])) == (1, 0)
    assert float(good["rho"]) > float(bad["rho"])
    assert bad["passed"] == "false"
    call_command("alt_test", path, detail=True, model=[["llm:good"]], kind="crowd")
    rows = table(capsys.readouterr().out)
    assert [row["annotator"] for row in rows] == ["x", "y", "z"]
    assert {row["items"] for row in rows} == {"60"}
    # A model that is named may have any name; those with a prefix are no people beside it.
    call_command("alt_test", path, model=[["z"]])
    (named,) = table(capsys.readouterr().out)
    assert named["passed"] == ""
    assert "3 people" in named["reason"]


def test_bad_rows_are_told_by_their_line_and_the_others_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "votes.csv", "7,x", "8,,a", "9,x,b", "10,x,b")
    call_command("alt_test", path)
    told = capsys.readouterr()
    assert "Line 302 is left out" in told.err
    assert "Line 303 is left out: “annotator” is empty." in told.err
    assert "Line 304: the same annotator" in told.err
    assert len(table(told.out)) == 2


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("item,annotator,label\n1,x,a\n", {}, "no column “item_id”"),
        ("item_id,annotator,label\n1,x,\n", {}, "Line 2: “label” is empty"),
        ("item_id,annotator,label\n1,x,a\n", {}, "no votes of a model"),
        ("item_id,annotator,label\n1,x,a\n", {"model": [["y"]]}, "no votes of “y”"),
        ("item_id,annotator,label\n1,x,a\n1,llm:m,2\n", {"score": "rmse"}, "“a” by x on item 1 is no number"),
        ("item_id,annotator,label\n1,llm:m,a\n", {"epsilon": 2.0}, "from 0 to 1"),
        (None, {}, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, text: str | None, options: dict[str, object], said: str
) -> None:
    path = tmp_path / "votes.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("alt_test", path, **options)
