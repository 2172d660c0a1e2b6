"""Files of annotation tools: what every one of their readers has to find out, and does alike.

A format hands out drafts: rows whose votes hold answers as the file has them (`Marked`, `Picked`, or a number, a text,
an order). A first look at the file says what its offsets count and of which type each question is; by that every draft
becomes a row whose votes have the form that our question types store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import COLUMN_LIMIT, BadRow, Preview, Reading, Row, SourceQuestion, SourceVote, UnreadableFile, printable
from .offsets import Census, settled

SURVEYED, HELD_BYTES = 10_000, 4 << 20
GOLD = "gold."
MOST_OPTIONS = 1_000
LONGEST_OPTION = 200
# A question that is answered this variously has no options: it is answered in words.
MOST_CHOSEN = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A span as a file has it: offsets in whatever unit, and what it says that it quotes."""

    start: object
    end: object
    label: str
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """All spans that somebody marked in the column `field`; none is an answer, too."""

    field: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Picked:
    """The options that somebody chose; whether more than one could be shows only over the file.

    `ordered`: they may as well be an order, which likewise shows over the file.
    """

    options: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty list: no spans where the question is about spans, and else no answer."""


Opener = Callable[[Path], Reading]
"""A file's drafts from its beginning."""


def preview_of(
    drafts: Opener,
    path: Path,
    limit: int,
    declared: Sequence[SourceQuestion] = (),
    *,
    losses: Iterable[str] = (),
    unmarked_is_none: bool = False,
) -> Preview:
    """Columns and questions of the first 10,000 records, and losses that are no record's own. Raises UnreadableFile."""
    survey = Survey(declared, unmarked_is_none=unmarked_is_none)
    columns: dict[str, None] = {}
    rows: list[Row] = []
    preview = Preview([], [], [])
    for verdict in _looked_at(drafts(path)):
        if isinstance(verdict, BadRow):
            preview.bad.append(verdict)
            continue
        survey.look(verdict)
        columns.update(dict.fromkeys(verdict.values))
        if len(columns) > COLUMN_LIMIT:
            raise UnreadableFile(
                _("The records have more than %(column_limit)s different keys.")
                % {"column_limit": number(COLUMN_LIMIT)}
            )
        if len(rows) < limit:
            rows.append(verdict)
    if not (columns or preview.bad):
        raise UnreadableFile(_("The file is empty."))
    preview.columns.extend(columns)
    preview.rows.extend(survey.finish(row) for row in rows)
    preview.questions.extend(survey.questions())
    preview.losses.extend([*losses, *survey.losses()])
    return preview


def reading_of(
    drafts: Opener,
    path: Path,
    start_after: int = 0,
    declared: Sequence[SourceQuestion] = (),
    *,
    unmarked_is_none: bool = False,
) -> Reading:
    """The file's rows behind `start_after`, after a first look at where it begins. Raises UnreadableFile.

    `unmarked_is_none`: whoever answered anything and marked nothing has said that there is nothing to mark.
    """
    return _Finished(drafts(path), Survey(declared, unmarked_is_none=unmarked_is_none), start_after)


def _looked_at(drafts: Reading) -> Iterator[Row | BadRow]:
    with closing(drafts):
        yield from islice(drafts, SURVEYED)


def _held(drafts: Reading) -> Iterator[Row | BadRow]:
    """As many drafts as can be held at once."""
    begun = drafts.position
    for verdict in islice(drafts, SURVEYED):
        yield verdict
        if drafts.position - begun > HELD_BYTES:
            return


class _Finished:
    """A Reading of drafts, each of them finished, after a look at the first of them."""

    def __init__(self, drafts: Reading, survey: Survey, start_after: int) -> None:
        self.size = drafts.size
        self._drafts, self._survey, self._start_after = drafts, survey, start_after
        try:
            self._held = deque(_held(drafts))
        except BaseException:
            drafts.close()
            raise
        for verdict in self._held:
            if isinstance(verdict, Row):
                survey.look(verdict)

    @property
    def position(self) -> int:
        return self._drafts.position

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        while True:
            verdict = self._held.popleft() if self._held else next(self._drafts)
            # Records are numbered from the beginning, also where several of them become one row.
            if verdict.line > self._start_after:
                return verdict if isinstance(verdict, BadRow) else self._survey.finish(verdict)

    def close(self) -> None:
        self._held.clear()
        self._drafts.close()


@dataclass(slots=True)
class _Found:
    """What is known of a question so far."""

    type: str = ""
    column: str = ""
    title: str = ""
    options: dict[str, None] = field(default_factory=dict)
    several: bool = False
    orders: set[tuple[str, ...]] | None = field(default_factory=set)
    """Of the same options, as far as two are needed; None where some answer is none of these."""
    wordy: bool = False
    declared: bool = False

    @property
    def is_order(self) -> bool:
        return self.orders is not None and len(self.orders) > 1

    def order(self, picked: Picked) -> None:
        same = self.orders is not None and all(set(picked.options) == set(order) for order in self.orders)
        if not (same and picked.ordered and len(set(picked.options)) > 1):
            self.orders = None
        elif self.orders is not None and len(self.orders) <= 1:
            self.orders.add(picked.options)

    def add(self, options: Iterable[str]) -> None:
        if len(self.options) < MOST_OPTIONS:
            self.options.update(dict.fromkeys(islice(options, MOST_OPTIONS)))


class Survey:
    """What a first look at a file shows: the unit of its offsets, what is asked, and with which options."""

    def __init__(self, declared: Sequence[SourceQuestion] = (), *, unmarked_is_none: bool = False) -> None:
        self._census = Census()
        self._unmarked_is_none = unmarked_is_none
        self._found = {
            each.name: _Found(each.type, each.field, each.title, dict.fromkeys(each.options), declared=True)
            for each in declared
        }

    def look(self, draft: Row) -> None:
        for vote in draft.votes:
            for raw, value in vote.answers.items():
                name = _storable(raw)
                if name not in self._found and len(self._found) >= COLUMN_LIMIT:
                    continue
                self._look_at(self._found.setdefault(name, _Found()), value, draft)

    def _look_at(self, found: _Found, value: Any, draft: Row) -> None:
        if isinstance(value, Nothing):
            return
        kind = _type_of(value)
        if not found.declared:
            found.type = found.type or kind
        if isinstance(value, Marked):
            found.column = found.column or value.field
            found.add(mark.label for mark in value.marks)
            text = draft.values.get(value.field)
            if isinstance(text, str):
                for mark in value.marks:
                    self._census.look(text, mark.start, mark.end, mark.quote)
        elif isinstance(value, Picked):
            found.several |= len(value.options) != 1
            found.order(value)
            found.wordy |= any(len(option) > LONGEST_OPTION or "\n" in option for option in value.options)
            found.add(value.options)
        elif kind == "rating":
            found.add([str(value)])
        elif kind == "ranking":
            found.add(option for tier in value for option in tier)

    def questions(self) -> list[SourceQuestion]:
        return [
            SourceQuestion(
                name, kind := self._settled_type(found), found.title, self._options(found, kind), found.column
            )
            for name, found in self._found.items()
            if found.type
        ]

    def losses(self) -> list[str]:
        return [
            _("“%(name)s” has %(count)s labels or more; only the first are listed.")
            % {"name": name[:80], "count": number(MOST_OPTIONS)}
            for name, found in self._found.items()
            if len(found.options) >= MOST_OPTIONS and self._settled_type(found) != "text"
        ]

    def finish(self, draft: Row) -> Row:
        """The row that a draft stands for; spans that lie nowhere become a loss."""
        losses = list(draft.losses)
        votes = []
        for vote in draft.votes:
            answers = self._answers(vote, draft, losses)
            # Whose lists were all empty has said nothing; whose answers were empty from the start is worth a word.
            if answers or not vote.answers:
                distribution = {_storable(name): shares for name, shares in vote.distribution.items()}
                votes.append(replace(vote, answers=answers, distribution=distribution))
        values = draft.values
        if any(isinstance(value, Marked | Picked) for value in values.values()):
            # Known answers stand in columns of their own.
            values = {
                name: self._answer(name.removeprefix(GOLD), value, draft, losses) for name, value in values.items()
            }
        return Row(draft.line, values, tuple(votes), tuple(losses))

    def _marks_spans(self, name: str) -> bool:
        return name in self._found and self._found[name].type == "spans"

    def _settled_type(self, found: _Found) -> str:
        if found.declared or found.type != "choice":
            return found.type
        if found.wordy or len(found.options) > MOST_CHOSEN:
            return "text"
        if found.is_order:
            return "ranking"
        return "multichoice" if found.several else "choice"

    @staticmethod
    def _options(found: _Found, kind: str) -> tuple[str, ...]:
        if kind == "text":
            return ()
        options = list(dict.fromkeys(map(_storable, found.options)))
        if kind == "rating":
            options.sort(key=lambda each: int(each) if each.lstrip("-").isdecimal() else 0)
        return tuple(options[:MOST_OPTIONS])

    def _answers(self, vote: SourceVote, draft: Row, losses: list[str]) -> dict[str, Any]:
        answers = {
            name: self._answer(name, value, draft, losses)
            for name, value in ((_storable(raw), value) for raw, value in vote.answers.items())
            if not isinstance(value, Nothing) or self._marks_spans(name)
        }
        if self._unmarked_is_none and vote.kind == "human":
            for name, found in self._found.items():
                if found.type == "spans" and isinstance(draft.values.get(found.column), str):
                    answers.setdefault(name, [])
        return answers

    def _answer(self, name: str, value: Any, draft: Row, losses: list[str]) -> Any:
        if isinstance(value, Nothing):
            return []
        if isinstance(value, Marked):
            return self._spans(name, value, draft.values.get(value.field), losses)
        if isinstance(value, Picked):
            kind = self._settled_type(self._found[name]) if name in self._found else "choice"
            if kind == "text":
                return "\n".join(value.options)
            if kind == "ranking":
                return [[option] for option in dict.fromkeys(value.options)]
            return value.options[0] if kind == "choice" and len(value.options) == 1 else list(value.options)
        return value

    def _spans(self, name: str, marked: Marked, text: object, losses: list[str]) -> list[dict[str, Any]]:
        spans: dict[tuple[int, int, str], None] = {}
        for mark in marked.marks:
            place = (
                settled(text, mark.start, mark.end, mark.quote, self._census.unit) if isinstance(text, str) else None
            )
            if place is None:
                losses.append(
                    _("A span of “%(name)s” that lies nowhere in the text, whatever its offsets count.")
                    % {"name": name[:80]}
                )
            elif (key := (*place, mark.label)) in spans:
                losses.append(_("A span of “%(name)s” that is there twice.") % {"name": name[:80]})
            else:
                spans[key] = None
        return [
            {"start": start, "end": end, "label": label, "text": str(text)[start:end]}
            for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1], span[2]))
        ]


def joined(drafts: Iterable[tuple[object, Row | BadRow]]) -> Iterator[Row | BadRow]:
    """Drafts with the same key one after the other become one row, with the votes of all; None joins nothing.

    Tools that write a record for every answer say the text again each time.
    """
    held: Row | None = None
    held_key: object = None
    for key, draft in drafts:
        if held and isinstance(draft, Row) and key is not None and key == held_key and len(held.votes) < COLUMN_LIMIT:
            held = replace(held, votes=held.votes + draft.votes, losses=held.losses + draft.losses)
            continue
        if held:
            yield held
        held, held_key = (draft, key) if isinstance(draft, Row) else (None, None)
        if isinstance(draft, BadRow):
            yield draft
    if held:
        yield held


def unattributed(answers: dict[str, Any]) -> tuple[SourceVote, ...]:
    """The vote of a file that says what the answers are, and not whose."""
    return (SourceVote("", answers),) if answers else ()


def _storable(name: str) -> str:
    """A name that a question or option has in a file, as PostgreSQL and a page can hold it."""
    return name if name.isprintable() and len(name) <= LONGEST_OPTION else printable(name)


def _type_of(value: Any) -> str:
    if isinstance(value, Marked):
        return "spans"
    if isinstance(value, Picked):
        return "choice"
    if isinstance(value, int | float):
        return "rating"
    return "ranking" if isinstance(value, list) else "text"
