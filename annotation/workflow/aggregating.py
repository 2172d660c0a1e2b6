"""Make one answer of each item's votes in a file: choose a method, fit, and say what is wrong; nothing is written."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from annotation.aggregation.crowd import Crowd, Fit
from annotation.aggregation.diagnosing import diagnose
from annotation.aggregation.registry import METHODS, SCALES, Method, method_of
from annotation.aggregation.tallying import TooManyLabels, fits_in_memory
from annotation.exchange.known_items import KnownItems
from annotation.exchange.span_labels import notation_of
from annotation.exchange.votes import VoteTable

from .aggregating_answers import ANSWER_METHODS, aggregate_answers
from .aggregating_spans import SPAN_METHODS, aggregate_spans
from .errors import Refused
from .reading_votes import Tell, known_in, votes_in

AUTO = "auto"
MOST_COLUMNS = 50
# What `auto` takes for few known answers, for a small set, and for one that EBCC would take minutes for.
FEW_ANCHORS, FEW_ITEMS, MANY_VOTES = 10, 20, 2_000_000
# Rows by which labels are told from spans.
LOOKED_AT = 1_000
# Nearer to 1 than this, a posterior is written with more digits than a float has.
NEAR = 1e-12
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")


@dataclass(frozen=True, slots=True)
class Votes:
    """A crowd of a file, with the names behind its numbers, all of them sorted."""

    crowd: Crowd
    items: list[str]
    annotators: list[str]
    labels: list[str]


def aggregate_file(
    votes: Path,
    *,
    items: Path | None = None,
    method: str = AUTO,
    anchors: int | None = None,
    seed: int = 0,
    tell: Tell = lambda sentence: None,
) -> Iterator[Sequence[object]]:
    """The rows of a table, header first: `item_id, label, posterior, anchored`, and where labels are classes, at most
    fifty of them, `p_<label>` for each. Rows come in the order of the ids, whatever the order of the votes.

    `items`: a file with known answers, of which `anchors` are drawn by `seed` and held fixed. `tell` hears which lines
    were left out, which method was used and what is wrong with the crowd. Raises Refused saying what is wrong with a
    file, the method or a number.
    """
    if anchors is not None and anchors < 0:
        raise Refused(f"So many anchors cannot be drawn: {anchors}.")
    if anchors and items is None:
        raise Refused("Anchors are items with known answers: give a file that has them with --items.")
    table = votes_in(votes, tell)
    known = KnownItems() if items is None else known_in(items, tell)
    drawn = draw(known.gold.keys() & {item for item, _ in table.votes}, anchors or 0, seed)
    if anchors:
        if not drawn:
            raise Refused(f"None of the items that were voted on has gold in {items}.")
        tell(f"{len(drawn):,} items are anchored on their gold answers.")
    if method.lower().replace("-", "_") in ANSWER_METHODS:
        if anchors:
            raise Refused(
                f"“{method}” asks nobody's record, so it cannot be held to known answers: leave out --anchor."
            )
        return aggregate_answers(votes, table, method, tell)
    notation = notation_of(list(table.votes.values())[:LOOKED_AT])
    if notation is not None:
        return aggregate_spans(votes, table, notation, known, drawn, method, tell)
    return _aggregate_classes(table, known, drawn, method, tell)


def draw(candidates: Iterable[str], count: int, seed: int) -> list[str]:
    """So many of the ids, or all where there are fewer; the same ones for the same seed, whatever their order."""
    pool = sorted(candidates)
    return sorted(random.Random(seed).sample(pool, min(count, len(pool))))


def votes_of(table: VoteTable, gold: dict[str, str]) -> Votes:
    """The crowd of a table; `gold`: the known answers among its items."""
    items = sorted({item for item, _ in table.votes}, key=natural)
    annotators = sorted({annotator for _, annotator in table.votes}, key=natural)
    labels = in_order({*table.votes.values(), *gold.values()})
    places = [{name: place for place, name in enumerate(names)} for names in (items, annotators, labels)]
    item_of, annotator_of, label_of = places
    clamped = np.full(len(items), -1, np.int32)
    for item, label in gold.items():
        clamped[item_of[item]] = label_of[label]
    count = len(table.votes)
    columns = np.empty((3, count), np.int32)
    for row, ((item, annotator), label) in enumerate(table.votes.items()):
        columns[:, row] = item_of[item], annotator_of[annotator], label_of[label]
    # In one order, so that the file's own leaves no trace.
    whose, who, said = columns[:, np.lexsort((columns[1], columns[0]))]
    crowd = Crowd(whose, who, said, len(items), len(annotators), len(labels), clamped if gold else None)
    return Votes(crowd, items, annotators, labels)


def in_order(labels: Iterable[str]) -> list[str]:
    """By value where all are numbers, so that the steps of a scale stand in order; else as names."""
    found = set(labels)
    if all(NUMBER.fullmatch(label) for label in found):
        return sorted(found, key=lambda label: (float(label), label))
    return sorted(found, key=natural)


def natural(name: str) -> tuple[int, int, str]:
    """Sorts whole numbers by their value, and before everything else."""
    return (0, int(name), name) if name.isascii() and name.isdigit() and len(name) < 19 else (1, 0, name)


def _aggregate_classes(
    table: VoteTable, known: KnownItems, drawn: list[str], method: str, tell: Tell
) -> Iterator[Sequence[object]]:
    votes = votes_of(table, {item: str(known.gold[item]).strip() for item in drawn})
    chosen, why = _choose(method, votes.crowd, len(drawn))
    if chosen.shapes == SCALES and not all(NUMBER.fullmatch(label) for label in votes.labels):
        raise Refused(f"{chosen.title} is for ratings, and some labels of this file are no numbers.")
    crowd = votes.crowd
    tell(
        f"{len(crowd.votes):,} votes by {crowd.annotator_count:,} annotators on {crowd.item_count:,} items;"
        f" method: {chosen.name}{why}."
    )
    try:
        fit = chosen.fitter(crowd)
    except (TooManyLabels, ValueError) as error:
        raise Refused(f"{chosen.title}: {error}") from error
    if not fit.converged:
        tell(f"{chosen.title} stopped after {fit.iterations} rounds, before it had settled.")
    for sentence in diagnose(crowd, fit, votes.annotators, votes.labels):
        tell(sentence)
    return _rows(votes, fit, chosen.decide(fit))


def _choose(name: str, crowd: Crowd, anchors: int) -> tuple[Method, str]:
    if name.lower() != AUTO:
        try:
            method = method_of(name)
        except KeyError:
            if name.lower().replace("-", "_") in SPAN_METHODS:
                raise Refused(f"“{name}” is for spans, and the labels of this file are classes.") from None
            raise Refused(
                f"“{name}” is no method. There are {AUTO}, {', '.join([*METHODS, *SPAN_METHODS, *ANSWER_METHODS])}."
            ) from None
        if method.needs_known and not anchors:
            raise Refused(f"{method.title} needs known answers: give --items with gold, and --anchor.")
        return method, ""
    if not fits_in_memory(crowd):
        return METHODS["one_coin"], ", as there are too many labels for confusion matrices"
    if anchors >= FEW_ANCHORS:
        return METHODS["anchored"], ", as answers are known"
    twice = int((np.bincount(crowd.items) > 1).sum())
    if twice < FEW_ITEMS:
        return METHODS["majority"], f", as only {twice} items have two votes or more"
    if len(crowd.votes) * crowd.label_count > MANY_VOTES:
        return METHODS["dawid_skene"], ", as there are many votes"
    return METHODS["ebcc"], ""


def _rows(votes: Votes, fit: Fit, best: np.ndarray) -> Iterator[Sequence[object]]:
    wide = len(votes.labels) <= MOST_COLUMNS
    yield ["item_id", "label", "posterior", "anchored", *([f"p_{label}" for label in votes.labels] if wide else [])]
    clamped = votes.crowd.clamped
    for place, item in enumerate(votes.items):
        row = fit.posteriors[place]
        held = int(clamped is not None and clamped[place] >= 0)
        shares = [repr(share) for share in row.tolist()] if wide else []
        yield [item, votes.labels[best[place]], spelled(row, int(best[place])), held, *shares]


def spelled(row: np.ndarray, best: int) -> str:
    """The posterior of a row's winner; where a float would be 1, as many digits as show what is missing from it."""
    missing = float(np.delete(row, best).sum())
    if not 0 < missing < NEAR:
        return repr(float(row[best]))
    return f"{Decimal(1) - Decimal(missing):.40f}".rstrip("0")
