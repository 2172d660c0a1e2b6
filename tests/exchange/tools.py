"""A project, what people and models answered in it, and the way of its items through a tool's file and back."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from annotation.exchange import Format, ImportedItem, Preview, Row, Shape, detect, guess, to_item
from annotation.questions import Question, parse_questions

FIELDS = [{"name": "text", "type": "text", "title": "Text"}]
WORDS = st.sampled_from(["a", "bun", "é", "🚲", "👩🏽‍🚀", "x,y", "[-]", "Ünïcode"])
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", "  "])), min_size=1, max_size=6).map(
    lambda pairs: "".join(word + gap for word, gap in pairs).rstrip()
)
NAMES = ("ann", "bea@example.org", "Ça 🚲")
MODELS = ("tiny-1", "tiny-2")
AT = "2026-01-02T03:04:05+00:00"


def questions(*types: str, values: tuple[str, ...] = ("ham", "eggs", "more toast")) -> tuple[Question, ...]:
    """One question of each of these types, called like it."""
    options = [{"value": value, "title": f"The {value}"} for value in values]
    made: dict[str, dict[str, Any]] = {
        "choice": {"options": options},
        "multichoice": {"options": options, "at_least": 0},
        "spans": {"options": options, "field": "text", "tokens": False},
        "rating": {"min": 1, "max": 5},
        "ranking": {"options": options, "ties": False},
        "text": {},
    }
    return tuple(
        parse_questions(
            [{"name": f"my_{kind}", "type": kind, "title": f"My {kind}", **made[kind]} for kind in types], FIELDS
        )
    )


def shape_of(asked: tuple[Question, ...]) -> Shape:
    return Shape(
        fields=("text",),
        questions=tuple(question.name for question in asked),
        shown=tuple(FIELDS),
        asked=asked,
        name="Breakfast",
        guidelines="# Eat",
    )


@st.composite
def answers(draw: st.DrawFn, asked: tuple[Question, ...], text: str, *, overlap: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for question in asked:
        match question.type:
            case "choice":
                found[question.name] = draw(st.sampled_from(question.values))
            case "multichoice":
                chosen = draw(st.sets(st.sampled_from(question.values)))
                found[question.name] = [value for value in question.values if value in chosen]
            case "rating":
                found[question.name] = draw(st.integers(1, 5))
            case "ranking":
                found[question.name] = [[value] for value in draw(st.permutations(question.values))]
            case "text":
                found[question.name] = draw(TEXTS)
            case _:
                words = [word.span() for word in re.finditer(r"\S+", text)]
                pairs = st.tuples(st.integers(0, len(words) - 1), st.integers(0, len(words) - 1)).map(sorted)
                places = draw(st.lists(pairs, max_size=4)) if overlap else [(n, n) for n in range(len(words)) if n % 2]
                spans = {
                    (words[first][0], words[last][1], draw(st.sampled_from(question.values))) for first, last in places
                }
                found[question.name] = [
                    {"start": start, "end": end, "label": label, "text": text[start:end]}
                    for start, end, label in sorted(spans, key=lambda span: (span[0], -span[1], span[2]))
                ]
    return found


@st.composite
def projects(
    draw: st.DrawFn, asked: tuple[Question, ...], texts: st.SearchStrategy[str] = TEXTS
) -> list[dict[str, Any]]:
    """Export records: what several people and models said of a few items, and what was decided."""
    records = []
    for number, text in enumerate(draw(st.lists(texts, min_size=1, max_size=4, unique=True)), 1):
        said = [
            annotation(name, draw(answers(asked, text)), seconds=float(draw(st.integers(0, 99))))
            for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
        ]
        said += [
            annotation(
                name, draw(answers(asked, text)), kind="model", confidence=draw(st.sampled_from([0.0, 0.5, 1.0]))
            )
            for name in draw(st.lists(st.sampled_from(MODELS), unique=True, max_size=1))
        ]
        decided = draw(answers(asked, text, overlap=False))
        records.append(
            {
                "id": number,
                "external_id": draw(st.sampled_from(["", f"x-{number}"])),
                "fields": {"text": text},
                "metadata": draw(st.sampled_from([{}, {"channel": "chat", "n": 3}])),
                "stage": "settled",
                "split": "",
                "source": "imported",
                "labels": {name: label(value) for name, value in decided.items()},
                "annotations": said,
            }
        )
    return records


def annotation(name: str, said: dict[str, Any], kind: str = "human", **more: Any) -> dict[str, Any]:
    return {
        "annotator": name,
        "kind": kind,
        "answers": said,
        "distribution": {},
        "confidence": None,
        "rationale": "",
        "seconds": None,
        "at": AT,
        "advice": False,
        **more,
    }


def label(value: Any) -> dict[str, Any]:
    return {"value": value, "decided_by": "people", "by": ["ann"], "posterior": 1.0, "votes": 1, "method": "majority"}


def written(kind: Format, records: list[dict[str, Any]], shape: Shape, settings: dict[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    outcome = kind.write(records, target, shape, settings or {})
    assert outcome.rows == len(records)
    return target.getvalue()


def came_back(
    kind: Format,
    path: Path,
    asked: tuple[Question, ...],
    *,
    as_labels: bool = False,
    answers: dict[str, str] | None = None,
) -> tuple[list[dict[str, Any]], Preview]:
    """The records that the file's rows become again, through detection, mapping and everybody's clean answers.

    `answers`: what a person maps where it cannot be guessed; `as_labels`: what was said is what was decided.
    """
    assert detect(path, path.name).name == kind.name
    preview = kind.columns_and_preview(path)
    mapping = guess(preview.columns, ["text"], asked, preview.questions)
    mapping = mapping if answers is None else replace(mapping, answers=answers)
    mapping.check(preview.columns, ["text"], asked, [each.name for each in preview.questions])
    records = []
    for number, row in enumerate(kind.read(path), 1):
        assert isinstance(row, Row), row
        item = to_item(row, mapping, FIELDS, asked)
        assert isinstance(item, ImportedItem), item
        assert not item.losses
        votes = [] if as_labels else item.votes
        records.append(
            {
                "id": number,
                "external_id": item.external_id,
                "fields": item.fields,
                "metadata": item.metadata,
                "stage": "settled",
                "split": item.split,
                "source": item.source,
                "labels": {name: label(value) for vote in item.votes for name, value in vote.answers.items()}
                if as_labels
                else {},
                "annotations": [
                    annotation(
                        vote.annotator,
                        vote.answers,
                        vote.kind,
                        distribution=vote.distribution,
                        confidence=vote.confidence,
                        seconds=vote.seconds,
                        at=vote.at,
                    )
                    for vote in votes
                ],
                **({"gold": item.gold} if item.gold else {}),
            }
        )
    return records, preview
