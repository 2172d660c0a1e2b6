from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from annotation.exchange import Row, get

from .dialogues import TALK, decided, read, shape_of, template, written

PREFERENCE = get("preference")
PROMPT, CHOSEN, REJECTED = TALK[:2], [TALK[2]], [{"role": "assistant", "content": "Go away."}]


@pytest.fixture(scope="module")
def trl() -> ModuleType:
    """TRL's reading of datasets, without its trainers, which take seconds to import."""
    place = importlib.util.find_spec("trl")
    assert place is not None and place.submodule_search_locations
    path = Path(place.submodule_search_locations[0]) / "data_utils.py"
    spec = importlib.util.spec_from_file_location("trl_data_utils", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["trl_data_utils"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sides(row: Row) -> tuple[str, str]:
    """(preferred, other) by the row's vote."""
    (vote,) = row.votes
    (best,), (worst,) = vote.answers["preference"]
    return row.values[best], row.values[worst]


@pytest.mark.parametrize(
    ("record", "prompt"),
    [
        ({"prompt": "Grüße 🚲", "chosen": "Hello!", "rejected": "Go away."}, "Grüße 🚲"),
        ({"prompt": PROMPT, "chosen": CHOSEN, "rejected": REJECTED}, "system: Be kind.\n\nuser: Grüße 🚲"),
        ({"chosen": [*PROMPT, *CHOSEN], "rejected": [*PROMPT, *REJECTED]}, "system: Be kind.\n\nuser: Grüße 🚲"),
        ({"prompt": "Grüße 🚲", "chosen": CHOSEN, "rejected": REJECTED}, "Grüße 🚲"),
    ],
)
def test_all_ways_of_writing_a_pair_are_read_alike(tmp_path: Path, record: dict[str, Any], prompt: str) -> None:
    (row,) = read("preference", tmp_path, [{**record, "score": 1}])
    assert sides(row) == ("Hello!", "Go away.")
    assert (row.values["prompt"], row.values["score"]) == (prompt, 1)
    assert row.values.get("messages", PROMPT) == PROMPT
    question = PREFERENCE.columns_and_preview(tmp_path / "upload").questions[0]
    assert (question.name, question.type, set(question.options)) == (
        "preference", "ranking", {"response_a", "response_b"},
    )  # fmt: skip


def test_the_place_on_the_screen_does_not_give_the_answer_away(tmp_path: Path) -> None:
    rows = read("preference", tmp_path, [{"prompt": "p", "chosen": f"c{n}", "rejected": f"r{n}"} for n in range(100)])
    first = sum(row.values["response_a"].startswith("c") for row in rows)
    assert 30 < first < 70


def test_a_table_of_pairs_is_read_too_and_a_pair_of_nothing_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "pairs.parquet"
    table = {"prompt": ["p", "p"], "chosen": [CHOSEN, CHOSEN], "rejected": [REJECTED, [{"role": "x", "content": ""}]]}
    parquet.write_table(pyarrow.table(table), path)
    good, bad = PREFERENCE.read(path)
    assert isinstance(good, Row)
    assert sides(good) == ("Hello!", "Go away.")
    assert "empty" in bad.reason  # type: ignore[union-attr]


@pytest.mark.parametrize("style", ["plain", "conversational", "whole"])
def test_trl_reads_the_pairs_and_they_come_back_with_the_same_preference(
    tmp_path: Path, trl: ModuleType, style: str
) -> None:
    shape, fields = template("preference")
    item = decided(fields, preference=[["response_b"], ["response_a"]])
    tied = decided(fields, preference=[["response_a", "response_b"]])
    lines, outcome = written("preference", [item, tied, decided(fields)], shape, style=style)
    assert (outcome.rows, sorted(outcome.losses.values())) == (1, [1, 1])
    assert trl.is_conversational(lines[0]) == (style != "plain")
    pair = trl.maybe_extract_prompt(lines[0])
    texts = [pair[key] if style == "plain" else pair[key][0]["content"] for key in ("prompt", "chosen", "rejected")]
    assert texts == [fields["prompt"], fields["response_b"], fields["response_a"]]
    (row,) = read("preference", tmp_path, lines)
    assert sides(row) == (fields["response_b"], fields["response_a"])
    again = shape_of([{"name": n, "type": "response"} for n in ("response_a", "response_b")], [
        {"name": "preference", "type": "ranking", "title": "Which?", "options": [
            {"value": "response_a"}, {"value": "response_b"},
        ]},
    ])  # fmt: skip
    ((back,), _) = written("preference", [decided(row.values, preference=row.votes[0].answers["preference"])], again)
    assert (back["chosen"], back["rejected"]) == (fields["response_b"], fields["response_a"])


def test_of_more_than_two_responses_every_decided_pair_can_be_had() -> None:
    names = ["a", "b", "c"]
    options = [{"value": name} for name in names]
    shape = shape_of(
        [{"name": "prompt", "type": "text"}, *({"name": name, "type": "response"} for name in names)],
        [{"name": "order", "type": "ranking", "title": "Best?", "options": options}],
    )
    item = decided({"prompt": "p", "a": "A", "b": "B", "c": "C"}, order=[["b"], ["a", "c"]])
    lines, outcome = written("preference", [item], shape, pairs="all")
    assert [(line["chosen"], line["rejected"]) for line in lines] == [("B", "A"), ("B", "C")]
    assert sum(outcome.losses.values()) == 1
    lines, _ = written("preference", [item], shape)
    assert json.dumps(lines).count("chosen") == 1
