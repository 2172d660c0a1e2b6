"""How the records of one snapshot differ from those of an earlier one, in constant memory.

Both are in the order of their ids, so they are read side by side; lines that are equal are not even parsed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

# What becomes of an item between two snapshots.
ADDED, REMOVED, CHANGED = "added", "removed", "changed"
# What changed about it, the most telling first.
RELABELLED, REDECIDED, TEXT, REST = "relabelled", "decided_otherwise", "text", "rest"
FIRST = 50
# Labels that are texts or spans are of endless kinds.
MOST_MOVES = 200
MOVE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One item that differs. `labels`: {question: (before, after)} of what is labelled otherwise, None for no label."""

    item: int
    external_id: str
    what: str
    how: tuple[str, ...]
    labels: dict[str, tuple[Any, Any]]
    deciders: dict[str, tuple[str, str]]

    @property
    def record(self) -> Record:
        """As a line of the difference's file."""
        return {
            "id": self.item,
            "external_id": self.external_id,
            "change": self.what,
            "differs": list(self.how),
            "labels": {name: {"before": before, "after": after} for name, (before, after) in self.labels.items()},
            "decided_by": {name: {"before": before, "after": after} for name, (before, after) in self.deciders.items()},
        }


@dataclass(slots=True)
class Tally:
    """What a difference comes to."""

    counts: Counter[str] = field(default_factory=Counter)
    moves: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    deciders: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    first: list[Record] = field(default_factory=list)

    def count(self, change: Change) -> None:
        self.counts[change.what] += 1
        self.counts.update(change.how)
        if len(self.first) < FIRST:
            self.first.append(change.record)
        if change.what != CHANGED:
            return
        for name, (before, after) in change.labels.items():
            moves = self.moves.setdefault(name, Counter())
            move = (_told(before), _told(after))
            if move in moves or len(moves) < MOST_MOVES:
                moves[move] += 1
            else:
                moves["…", "…"] += 1
        for name, pair in change.deciders.items():
            self.deciders.setdefault(name, Counter())[pair] += 1

    @property
    def summary(self) -> dict[str, Any]:
        """As JSON: counts by what and how, the moves of each question (most frequent first), and the first items."""
        return {
            "counts": dict(sorted(self.counts.items())),
            "moves": {name: _listed(moves) for name, moves in sorted(self.moves.items())},
            "deciders": {name: _listed(moves) for name, moves in sorted(self.deciders.items())},
            "first": self.first,
        }


def differences(before: Iterable[bytes], after: Iterable[bytes]) -> Iterator[Change | None]:
    """What differs between two files of canonical records, in the order of ids; None for each item that does not."""
    old, new = iter(before), iter(after)
    old_line, new_line = next(old, None), next(new, None)
    while old_line is not None or new_line is not None:
        if old_line == new_line:
            yield None
            old_line, new_line = next(old, None), next(new, None)
            continue
        was = json.loads(old_line) if old_line is not None else None
        now = json.loads(new_line) if new_line is not None else None
        if now is None or (was is not None and was["id"] < now["id"]):
            assert was is not None
            yield Change(was["id"], was["external_id"], REMOVED, (), _values(was, before=True), {})
            old_line = next(old, None)
        elif was is None or now["id"] < was["id"]:
            yield Change(now["id"], now["external_id"], ADDED, (), _values(now, before=False), {})
            new_line = next(new, None)
        else:
            yield _changed(was, now)
            old_line, new_line = next(old, None), next(new, None)


def _changed(was: Record, now: Record) -> Change:
    labels, deciders = {}, {}
    for name in sorted({*was["labels"], *now["labels"]}):
        before, after = was["labels"].get(name), now["labels"].get(name)
        values = _value(before), _value(after)
        if values[0] != values[1]:
            labels[name] = values
        elif before is not None and after is not None and _decider(before) != _decider(after):
            deciders[name] = (_decider(before), _decider(after))
    how = []
    if labels:
        how.append(RELABELLED)
    if deciders:
        how.append(REDECIDED)
    if was["fields"] != now["fields"]:
        how.append(TEXT)
    return Change(now["id"], now["external_id"], CHANGED, tuple(how) or (REST,), labels, deciders)


def _values(record: Record, *, before: bool) -> dict[str, tuple[Any, Any]]:
    values = {name: label["value"] for name, label in record["labels"].items()}
    return {name: (value, None) if before else (None, value) for name, value in values.items()}


def _value(label: Mapping[str, Any] | None) -> Any:
    return None if label is None else label["value"]


def _decider(label: Mapping[str, Any]) -> str:
    return str(label["decided_by"])


def _told(value: Any) -> str:
    """Short enough to be counted by; "" for no label."""
    if value is None:
        return ""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= MOVE_LENGTH else said[: MOVE_LENGTH - 1] + "…"


def _listed(moves: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    ranked = sorted(moves.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"before": before, "after": after, "items": count} for (before, after), count in ranked]
