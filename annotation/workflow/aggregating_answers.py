"""Make one text or one order of each item's votes in a file: answers that no list of classes holds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from annotation.aggregation.bradley_terry import bradley_terry, wins_of
from annotation.aggregation.medoid import medoid
from annotation.exchange.votes import VoteTable
from annotation.questions import Question, type_of

from .errors import Refused
from .reading_votes import Tell, tell_first

MEDOID, BRADLEY_TERRY = "medoid", "bradley_terry"
ANSWER_METHODS = (MEDOID, BRADLEY_TERRY)
HEADER = ("item_id", "label", "posterior", "anchored")
TEXT = Question("label", "text", "")

# [[the first], [second, and as good], …]
Order = list[list[str]]


def aggregate_answers(path: Path, table: VoteTable, method: str, tell: Tell) -> Iterator[Sequence[object]]:
    """Rows as of `aggregating.aggregate_file`, without `p_` columns. Raises Refused where no vote can be read.

    `medoid`: the text that is nearest to all others; the posterior is how near. `bradley_terry`: the things in order of
    their strengths; the posterior is that of the two neighbours whose order is least sure.
    """
    by_item: dict[str, list[str]] = defaultdict(list)
    for (item, _), label in sorted(table.votes.items()):
        by_item[item].append(label)
    if method.lower().replace("-", "_") == MEDOID:
        return _texts(by_item)
    return _orders(path, by_item, tell)


def _texts(by_item: dict[str, list[str]]) -> Iterator[Sequence[object]]:
    kind = type_of(TEXT)
    yield HEADER
    for item, texts in by_item.items():
        found = medoid(texts, lambda one, other: kind.distance(TEXT, one, other))
        yield item, texts[found.index], repr(found.closeness), 0


def _orders(path: Path, by_item: dict[str, list[str]], tell: Tell) -> Iterator[Sequence[object]]:
    orders: dict[str, list[Order]] = {}
    bad: list[str] = []
    for item, labels in by_item.items():
        read = [(label, order_of(label)) for label in labels]
        orders[item] = [order for _, order in read if order]
        bad += [f"{path.name}: item {item}, “{label[:80]}” is no order." for label, order in read if not order]
    if not any(orders.values()):
        raise Refused(f"{path.name} has no orders. They are written a > b = c, or as a JSON list.")
    tell_first(tell, bad)
    return _rows(orders)


def _rows(orders: dict[str, list[Order]]) -> Iterator[Sequence[object]]:
    yield HEADER
    for item, said in orders.items():
        if not said:
            continue
        names = sorted({name for order in said for group in order for name in group})
        places = {name: place for place, name in enumerate(names)}
        found = bradley_terry(
            wins_of([[[places[name] for name in group] for group in order] for order in said], len(names))
        )
        sure = min((found.before(one, other) for one, other in pairwise(found.order)), default=1.0)
        yield item, " > ".join(names[place] for place in found.order), repr(sure), 0


def order_of(label: str) -> Order | None:
    """`a > b = c`, or a JSON list of names or of lists of names; None where it is neither or names something twice."""
    try:
        raw = json.loads(label) if label.startswith("[") else None
    except (ValueError, RecursionError):
        return None
    groups = raw if isinstance(raw, list) else [part.split("=") for part in label.split(">")]
    order = [[str(name).strip() for name in (group if isinstance(group, list) else [group])] for group in groups]
    names = [name for group in order for name in group]
    return order if len(names) > 1 and all(names) and len(set(names)) == len(names) else None
