"""From what annotators said in a file to votes that are valid for the project's questions."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from annotation.questions import (
    Answer,
    Answers,
    Distribution,
    Fields,
    InvalidAnswer,
    Question,
    Shape,
    clean_distribution,
    is_asked,
    type_of,
)
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import ImportedVote, Loss, Row, SourceVote, printable
from .mapping import ANNOTATOR
from .mapping import Mapping as Columns

NAME_LENGTH = 100
RATIONALE_LENGTH = 50_000
LONGEST = 30 * 24 * 3600.0  # seconds
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
UNSURE = gettext_noop("A confidence that is not between 0 and 1.")
UNTIMED = gettext_noop("A time spent that is not between 0 seconds and 30 days.")
# More than any type admits.
MOST_PARTS = 10_000
KINDS = ("human", "model", "judge", "reviewer")


class Ballots:
    """What a mapping makes of a file's votes. Made once per import: it remembers how options are spelled."""

    def __init__(self, mapping: Columns, questions: Sequence[Question]) -> None:
        self._questions = tuple(questions)
        self._by_name = {question.name: question for question in questions}
        self._readers = {question.name: AnswerReader(question) for question in questions}
        self._annotator = mapping.annotator or ANNOTATOR
        self._annotator_column = mapping.annotator_column
        self._answered_by: dict[str, list[str]] = {}
        for name, source in mapping.answers.items():
            self._answered_by.setdefault(source, []).append(name)

    def votes_of(self, row: Row, fields: Fields) -> tuple[tuple[ImportedVote, ...], list[Loss]]:
        """The row's votes that fit, the last of an annotator's first, and what of them could not come in."""
        losses: list[Loss] = []
        if not row.votes and not self._answered_by:
            return (), losses
        said: set[str] = set()
        for vote in row.votes:
            said.update(vote.answers)
        votes = [*row.votes, *self._in_columns(row, said)]
        fitting = [found for vote in votes if (found := self._vote(vote, fields, losses)) is not None]
        return tuple(fitting), losses

    def _in_columns(self, row: Row, said: Collection[str]) -> list[SourceVote]:
        """The vote that a table's row is: columns chosen as answers, and the one that says whose."""
        given = {
            source: value
            for source in self._answered_by
            if source not in said and not _is_blank(value := row.values.get(source))
        }
        if not given:
            return []
        who = row.values.get(self._annotator_column) if self._annotator_column else ""
        return [SourceVote("" if who is None else str(who), given)]

    def _vote(self, vote: SourceVote, fields: Fields, losses: list[Loss]) -> ImportedVote | None:
        raw: dict[str, Any] = {}
        for source, value in vote.answers.items():
            names = self._answered_by.get(source)
            if not names:
                losses.append(
                    Loss(_("Answers to “%(name)s”: no question here was chosen for them.") % {"name": source})
                )
            raw |= dict.fromkeys(names or (), value)
        if not vote.answers:
            losses.append(Loss(_("An annotation without an answer.")))
        name = self._name(vote, losses) if raw else None
        answers = self._answers(vote, raw, fields, losses) if name is not None else {}
        if name is None or not answers:
            return None
        return ImportedVote(
            annotator=name,
            kind=vote.kind if vote.kind in KINDS else "human",
            answers=answers,
            distribution=self._distributions(vote, answers, losses) if vote.distribution else {},
            confidence=_between(vote.confidence, 1.0, UNSURE, losses),
            rationale=_rationale(vote.rationale, losses) if vote.rationale else "",
            seconds=_between(vote.seconds, LONGEST, UNTIMED, losses),
            at=_moment(vote.at, losses) if vote.at else "",
        )

    def _name(self, vote: SourceVote, losses: list[Loss]) -> str | None:
        name = vote.annotator.strip() or self._annotator
        if len(name) > NAME_LENGTH or printable(name, NAME_LENGTH) != name:
            losses.append(Loss(_("An annotator whose name cannot be stored."), printable(name, NAME_LENGTH)))
            return None
        return name

    def _answers(self, vote: SourceVote, raw: Mapping[str, Any], fields: Fields, losses: list[Loss]) -> Answers:
        """What of them is valid; nothing where a person or reviewer leaves out what is required."""
        answers: Answers = {}
        for question in self._questions:
            value = raw.get(question.name)
            asked = question.condition is None or is_asked(question, answers, self._by_name)
            if _is_blank(value):
                # Not every model answers everything, and settles nothing then.
                if asked and question.required and vote.kind not in ("model", "judge"):
                    losses.append(
                        Loss(_("Answers without one to “%(title)s”, which is required.") % {"title": question.title})
                    )
                    return {}
            elif not asked:
                losses.append(Loss(_("Answers to “%(title)s” where it is not asked.") % {"title": question.title}))
            else:
                try:
                    answers[question.name] = self._readers[question.name].answer(value, fields)
                except InvalidAnswer as error:
                    sentence = _("Answers to “%(title)s” that do not fit it.") % {"title": question.title}
                    losses.append(Loss(sentence, printable(str(error))))
                    if question.required and vote.kind not in ("model", "judge"):
                        return {}
        return answers

    def _distributions(self, vote: SourceVote, answers: Answers, losses: list[Loss]) -> dict[str, Distribution]:
        found: dict[str, Distribution] = {}
        for source, shares in vote.distribution.items():
            for name in self._answered_by.get(source, ()):
                if name not in answers:
                    continue
                try:
                    found[name] = self._readers[name].distribution(shares)
                except InvalidAnswer as error:
                    title = self._by_name[name].title
                    sentence = _("Probabilities for “%(title)s” that do not fit it.") % {"title": title}
                    losses.append(Loss(sentence, printable(str(error))))
        return found


class AnswerReader:
    """Reads a question's answers as a file may have them: options by value or title, whatever the case (an exact
    value comes first), lists as JSON, one where several could be."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._kind = type_of(question)
        self._spellings = {option.title.casefold(): option.value for option in reversed(question.options)}
        self._spellings |= {option.value.casefold(): option.value for option in reversed(question.options)}
        self._spellings |= {option.value: option.value for option in question.options}
        # The keys of most distributions; the others are asked for one by one.
        self._keys = frozenset(question.values if self._kind.exclusive else ())

    def answer(self, raw: object, fields: Fields) -> Answer:
        """Raises InvalidAnswer."""
        shape = self._kind.shape
        if shape is Shape.WRITTEN:
            # A written answer may look like JSON and yet be text.
            numeric = isinstance(raw, int | float) and not isinstance(raw, bool)
            return self._kind.clean(self.question, str(raw) if numeric else raw, fields)
        raw = _document(raw)
        if shape in (Shape.ONE, Shape.SCALE) and isinstance(raw, list) and len(raw) == 1:
            raw = raw[0]
        if shape is Shape.SCALE and isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        raw = self._respelled(raw) if self.question.options else raw
        return self._kind.clean(self.question, [raw] if shape is Shape.ANY and isinstance(raw, str) else raw, fields)

    def distribution(self, raw: object) -> Distribution:
        """With its keys spelled likewise; of two that become one the shares add up. Raises InvalidAnswer."""
        if not isinstance(raw, Mapping):
            return clean_distribution(self.question, raw)
        if self._keys.issuperset(raw):
            return clean_distribution(self.question, raw)
        spelled: dict[Any, Any] = {}
        for key, share in raw.items():
            known = key if self._kind.is_key(self.question, key) else self._spelled_key(key)
            spelled[known] = spelled[known] + share if known in spelled else share
        return clean_distribution(self.question, spelled)

    def _spelled(self, text: str) -> str:
        known = self._spellings
        return known.get(text) or known.get(text.strip()) or known.get(text.strip().casefold(), text)

    def _spelled_key(self, key: str) -> str:
        try:
            option = self._kind.option_of(self.question, key)
            return self._kind.replaced_key(key, {option: self._spelled(option)})
        except (IndexError, ValueError):
            return key

    def _respelled(self, raw: Any) -> Any:
        """Options stand by themselves, in lists, in lists of lists, or as the labels of objects in a list."""
        if isinstance(raw, str):
            return self._spelled(raw)
        if isinstance(raw, list):
            return [self._respelled(each) for each in raw[:MOST_PARTS]]
        if isinstance(raw, dict) and isinstance(raw.get("label"), str):
            return {**raw, "label": self._spelled(raw["label"])}
        if isinstance(raw, int | float) and not isinstance(raw, bool) and self._kind.shape is not Shape.SCALE:
            return self._spelled(str(raw))
        return raw


def _document(raw: object) -> object:
    """Files without lists, such as CSV, hold them as JSON."""
    if isinstance(raw, str) and raw.lstrip()[:1] == "[":
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            return raw
    return raw


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _between(value: object, most: float, sentence: str, losses: list[Loss]) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or math.isnan(value):
        losses.append(Loss(_(sentence), printable(str(value), 80)))
        return None
    return float(value)


def _rationale(text: object, losses: list[Loss]) -> str:
    if not isinstance(text, str) or len(text) > RATIONALE_LENGTH or printable(text, RATIONALE_LENGTH) != text.strip():
        losses.append(Loss(_("A rationale that cannot be stored."), printable(str(text), 80)))
        return ""
    return text


def _moment(text: str, losses: list[Loss]) -> str:
    """In UTC; what names no zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if FIRST <= moment <= datetime.now(UTC):
            return moment.isoformat()
    except (ValueError, OverflowError):
        pass
    losses.append(Loss(_("A time of an answer that is no date between 1990 and now."), printable(text, 80)))
    return ""
