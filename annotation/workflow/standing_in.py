"""May models stand in for people? The alternative-annotator test on a file of votes; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from annotation.aggregation.alternative_annotator import (
    EPSILON,
    Score,
    Verdict,
    alternative_annotator_test,
    matching,
    negative_rmse,
)

from .errors import Refused
from .reading_votes import PREFIXES, Tell, votes_in

KINDS = tuple(EPSILON)
SCORES: dict[str, Score] = {"accuracy": matching, "rmse": negative_rmse}


def verdicts_on(
    path: Path,
    *,
    models: Sequence[str] = (),
    kind: str = "expert",
    epsilon: float | None = None,
    q: float = 0.05,
    score: str = "accuracy",
    tell: Tell = lambda sentence: None,
) -> dict[str, Verdict]:
    """{model: verdict} over the votes in `path`, sorted by name.

    `models`: the names of those to test; without them, everybody whose name begins with one of PREFIXES. Everybody
    else whose name does not begin so is a person. `epsilon` stands above the `kind` of people. `tell` hears of rows
    that were left out. Raises Refused saying what is wrong with the file, a name or a number.
    """
    if epsilon is not None and not 0 <= epsilon <= 1:
        raise Refused(f"ε is a share of items, from 0 to 1; not {epsilon}.")
    if not 0 < q < 1:
        raise Refused(f"q is a share of false discoveries between 0 and 1; not {q}.")
    table = votes_in(path, tell)
    answers: dict[str, dict[Hashable, Any]] = defaultdict(dict)
    for (item, annotator), label in table.votes.items():
        answers[annotator][item] = label
    strangers = sorted(set(models) - answers.keys())
    if strangers:
        raise Refused(f"{path.name} has no votes of “{strangers[0]}”.")
    named = {name for name in answers if name.startswith(PREFIXES)}
    tested = sorted(set(models) or named)
    if not tested:
        raise Refused(
            f"{path.name} has no votes of a model: no annotator's name begins with {' or '.join(PREFIXES)}. "
            "Name one with --model."
        )
    people = {name: each for name, each in answers.items() if name not in named.union(models)}
    given: Mapping[str, Mapping[Hashable, Any]] = answers
    if score == "rmse":
        people, given = _numbers(path, people), _numbers(path, {name: answers[name] for name in tested})
    allowed = EPSILON[kind] if epsilon is None else epsilon
    return {
        model: alternative_annotator_test(people, given[model], score=SCORES[score], epsilon=allowed, q=q)
        for model in tested
    }


def _numbers(path: Path, answers: Mapping[str, Mapping[Hashable, Any]]) -> dict[str, dict[Hashable, Any]]:
    found: dict[str, dict[Hashable, Any]] = {}
    for annotator, given in answers.items():
        found[annotator] = {}
        for item, label in given.items():
            number = _number(label)
            if number is None:
                raise Refused(f"{path.name}: “{label}” by {annotator} on item {item} is no number, as rmse needs.")
            found[annotator][item] = number
    return found


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if isfinite(number) else None
