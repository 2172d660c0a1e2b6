"""How far do annotators agree? Every statistic of a file of votes; nothing is written."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

from annotation.aggregation.agreement import Agreement, alpha_between, alpha_by_label
from annotation.aggregation.ballots import Ballots, ballots
from annotation.aggregation.cohen import cohen
from annotation.aggregation.fleiss import fleiss
from annotation.aggregation.levels import alpha_at
from annotation.questions import Answer

from .errors import Refused
from .reading_votes import PREFIXES, Tell, votes_in

REPLICATES = 1_000
# More labels than these are no classes: their values are not told one by one.
MOST_LABELS = 100


class Row(NamedTuple):
    """One statistic: `of` whom or what, and `between` it and whom. `raw` is the share of pairs that agree."""

    statistic: str
    of: Hashable
    between: Hashable
    items: int
    raw: float | None
    value: float | None
    low: float | None
    high: float | None
    undefined: str


def agreement_on(
    path: Path, *, level: str = "nominal", pairs: bool = False, tell: Tell = lambda sentence: None
) -> Iterator[Row]:
    """α and Fleiss' κ of all votes, α of people alone, of each model with people and of each label; with `pairs`,
    Cohen's κ of every two annotators.

    `level`: of measurement, for the first α; other than “nominal” it takes labels that are numbers. Models are those
    whose names begin with one of PREFIXES. Raises Refused saying what is wrong with the file.
    """
    votes = votes_in(path, tell).votes
    given = ballots((item, annotator, label) for (item, annotator), label in votes.items())
    if level != "nominal":
        _check_numbers(path, given)
    yield _row(f"alpha_{level}", "all", "", alpha_at(level, given, replicates=REPLICATES))
    yield _row("fleiss", "all", "", fleiss(given, replicates=REPLICATES))
    models = [name for name in given.annotator_names if str(name).startswith(PREFIXES)]
    people = {*given.annotator_names} - {*models}
    if models and people:
        among = ballots((item, who, label) for (item, who), label in votes.items() if who in people)
        yield _row("alpha_nominal", "people", "", alpha_at("nominal", among, replicates=REPLICATES))
        for model in models:
            found = alpha_between(given, {model}, people, _apart, replicates=REPLICATES)
            yield _row("alpha_nominal", model, "people", found)
    labels = sorted(map(str, given.answers))
    if len(labels) <= MOST_LABELS:
        for label, found in alpha_by_label(given, labels, lambda answer: {answer}, replicates=REPLICATES).items():
            yield _row("alpha_label", label, "", found)
    if pairs:
        for pair in cohen(given, _apart):
            yield Row(
                "kappa", pair.first, pair.second, pair.items, pair.raw, pair.kappa, pair.low, pair.high, pair.undefined
            )


def _row(statistic: str, of: Hashable, between: Hashable, found: Agreement) -> Row:
    return Row(statistic, of, between, found.items, found.raw, found.alpha, found.low, found.high, found.undefined)


def _apart(one: Answer, other: Answer) -> float:
    return float(one != other)


def _check_numbers(path: Path, votes: Ballots) -> None:
    for answer in votes.answers:
        try:
            number = float(answer)
        except ValueError:
            number = nan
        if not isfinite(number):
            raise Refused(f"{path.name} has the label “{answer}”, which is no number: only nominal levels need none.")
