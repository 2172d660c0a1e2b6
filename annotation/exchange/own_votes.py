"""Who said what, as our own records have it: read back as votes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from annotation.questions.speech import gettext as _

from .base import Row, SourceQuestion, SourceVote

REVIEWER = "reviewer"
MOST_OPTIONS = 200
LONGEST_OPTION = 200


def votes_of(record: Mapping[str, Any]) -> tuple[tuple[SourceVote, ...], tuple[str, ...]]:
    """The annotations of an export record and the reviewer's decision on it, and what of them makes no sense."""
    votes: list[SourceVote] = []
    losses: tuple[str, ...] = ()
    annotations = record.get("annotations")
    for each in annotations if isinstance(annotations, list) else ():
        if isinstance(each, dict) and isinstance(each.get("answers"), dict):
            votes.append(_vote(each))
        else:
            losses = (_("An annotation that is no object with annotator and answers."),)
    decision = _decision(record.get("decision"), record.get("labels"))
    return (*votes, *([decision] if decision else [])), (*losses, *_left_behind(record))


def _left_behind(record: Mapping[str, Any]) -> Iterator[str]:
    """What is worked out anew from the votes, where it may come out otherwise, and what points into a database."""
    labels = record.get("labels")
    if isinstance(labels, dict):
        deciders = {label.get("decided_by") for label in labels.values() if isinstance(label, dict)}
        if "judge" in deciders:
            yield _("A label that a judge decided: the answers come in, and the judge is asked again.")
    if record.get("family"):
        yield _("Which item a generated one comes from.")


def _vote(annotation: Mapping[str, Any]) -> SourceVote:
    kind = annotation.get("kind")
    return SourceVote(
        annotator=_text(annotation.get("annotator")),
        answers=annotation["answers"],
        kind="judge" if annotation.get("advice") is True else kind if isinstance(kind, str) else "human",
        distribution=_shares(annotation.get("distribution")),
        confidence=annotation.get("confidence"),
        rationale=_text(annotation.get("rationale")),
        seconds=annotation.get("seconds"),
        at=_text(annotation.get("at")),
    )


def _decision(decision: Any, labels: Any) -> SourceVote | None:
    if not isinstance(decision, dict) or not isinstance(labels, dict):
        return None
    decided = {
        name: label
        for name, label in labels.items()
        if isinstance(label, dict) and label.get("decided_by") == REVIEWER and "value" in label
    }
    if not decided:
        return None
    return SourceVote(
        annotator=_text(decision.get("by")),
        answers={name: label["value"] for name, label in decided.items()},
        kind=REVIEWER,
        distribution=_shares({name: label.get("distribution") for name, label in decided.items()}),
        rationale=_text(decision.get("comment")),
        at=_text(decision.get("at")),
    )


def _shares(raw: Any) -> dict[str, dict[str, float]]:
    return {name: each for name, each in raw.items() if isinstance(each, dict)} if isinstance(raw, dict) else {}


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


class Asked:
    """What votes of stored answers must have answered, by the form of the answers."""

    def __init__(self) -> None:
        self._found: dict[str, SourceQuestion] = {}

    def look(self, row: Row) -> None:
        for vote in row.votes:
            for name, value in vote.answers.items():
                self._look_at(name, value)

    def questions(self) -> list[SourceQuestion]:
        return list(self._found.values())

    def _look_at(self, name: str, value: Any) -> None:
        found = _judged(name, value)
        if found is None:
            return
        known = self._found.get(name)
        if known is None:
            self._found[name] = found
        elif "text" in (known.type, found.type) or len(known.options) > MOST_OPTIONS:
            # Answered in words, or this variously: it has no options.
            self._found[name] = replace(known, type="text" if known.type == "choice" else known.type, options=())
        elif not set(found.options) <= set(known.options):
            self._found[name] = replace(known, options=tuple(dict.fromkeys((*known.options, *found.options))))


def _judged(name: str, value: Any) -> SourceQuestion | None:
    if isinstance(value, str):
        wordy = len(value) > LONGEST_OPTION or "\n" in value
        return SourceQuestion(name, "text") if wordy else SourceQuestion(name, "choice", options=(value,))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return SourceQuestion(name, "rating", options=(str(value),))
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(each, str) for each in value):
        return SourceQuestion(name, "multichoice", options=tuple(value))
    if all(isinstance(each, dict) for each in value):
        return SourceQuestion(name, "spans", options=_labels(value))
    if all(isinstance(each, list) for each in value):
        options = tuple(option for tier in value for option in tier if isinstance(option, str))
        return SourceQuestion(name, "ranking", options=options)
    return None


def _labels(spans: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for span in spans if isinstance(label := span.get("label"), str)))
