"""The simulation: labels are people's where they answered, strategies differ in whom they ask, and slips cost."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from annotation.labelers.heads import cold_start
from annotation.workflow.errors import Refused
from annotation.workflow.replaying import read_replay
from annotation.workflow.simulating import STRATEGIES, Point, Replay, answers_needed, simulate
from tests.labelers.test_heads import clusters


@pytest.fixture
def replay() -> Replay:
    texts, where, names = clusters(60, spread=2.2)
    return Replay(texts, where, cold_start(texts, names[None]), batch=12)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_dataset_that_people_answered_whole_is_all_right(replay: Replay, strategy: str) -> None:
    points = simulate(replay, strategy)
    assert points[0].answers == 0
    assert points[-1].accuracy == 1.0
    assert {later.answers - earlier.answers for earlier, later in pairwise(points)} == {12}


def test_asking_where_it_is_worth_most_needs_fewer_answers(replay: Replay) -> None:
    at_random, ours, oracle = (simulate(replay, strategy) for strategy in ("random", "ours", "oracle"))
    assert answers_needed(ours, 0.95) < answers_needed(at_random, 0.95)  # type: ignore[operator]
    assert answers_needed(oracle, 0.95) < answers_needed(at_random, 0.95)  # type: ignore[operator]


def test_slips_of_the_annotator_stay_in_the_labels(replay: Replay) -> None:
    points = simulate(replace(replay, error=0.2), "random")
    assert points[-1].answers == len(replay.gold)
    assert 0.7 < points[-1].accuracy < 0.9


def test_a_prompted_models_votes_help_where_nothing_is_learned_yet(replay: Replay) -> None:
    knows = np.full((len(replay.gold), 3), 0.02)
    knows[np.arange(len(replay.gold)), replay.gold] = 0.96
    helped = simulate(replace(replay, votes=knows), "ours")
    assert helped[0].accuracy > simulate(replay, "ours")[0].accuracy


def test_a_target_counts_only_once_it_is_kept() -> None:
    points = [Point(0, 0.96, 0.96), Point(16, 0.94, 0.94), Point(32, 0.95, 0.95), Point(48, 0.97, 0.97)]
    assert answers_needed(points, 0.95) == 32
    assert answers_needed(points, 0.99) is None


def test_a_file_becomes_a_replay(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    rows = [("The striker scored twice.", "sport"), ("Shares fell again.", "money"), ("", "money"), ("No gold", "")]
    path.write_text("".join(json.dumps({"text": text, "gold": gold}) + "\n" for text, gold in rows))
    question, replay = read_replay(path)
    assert question.values == ("money", "sport")
    assert replay.gold.tolist() == [1, 0]
    assert replay.vectors.shape == (2, 384)


@pytest.mark.parametrize(
    ("lines", "labelers", "complaint"),
    [
        ('{"text": "a", "when": "x"}\n', ["trained"], "needs a column"),
        ('{"text": "a", "gold": "x"}\n', ["trained"], "fewer than two"),
        ('{"text": "a", "gold": "x"}\n{"text": "b", "gold": "y"}\n', ["guessed"], "guessed"),
        ("", ["trained"], "empty"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused(
    tmp_path: Path, lines: str, labelers: list[str], complaint: str
) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(lines)
    with pytest.raises(Refused, match=complaint):
        read_replay(path, labelers=labelers)


def test_gold_that_is_no_option_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("text,gold\na,x\nb,y\n")
    asked = [{"name": "q", "type": "choice", "title": "Q", "options": ["x", "z"]}]
    with pytest.raises(Refused, match="no options: y"):
        read_replay(path, questions=asked)
