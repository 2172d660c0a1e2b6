"""Where votes differ, question by question: by option, by stretch of text, by word, by place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from annotation.models import Annotation, Consensus, Item, Project
from annotation.questions import COLORS, Question, Shape, type_of
from annotation.reports.naming import Named

Said = list[tuple[dict[str, Any], Any]]
"""(who, answer) of everybody who answered one question."""
WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Longer texts are shown whole, without their differences: finding them grows with the square of the words.
COMPARED = 3_000
# Around a span, so that the same words in two places are told apart.
CONTEXT = 24


def differences_of(
    project: Project,
    item: Item,
    annotations: Sequence[Annotation],
    names: Named,
    consensus: Mapping[str, Consensus],
) -> list[dict[str, Any]]:
    """Per question that two or more answered: `{name, title, shape, differs, …}`; templates/review/differences.html
    says what each shape has."""
    found = []
    for question in project.question_list:
        said: Said = [
            (
                {
                    "name": names[row.item_id, row.annotator_id],
                    "kind": "person" if row.annotator.is_human else "model",
                },
                row.answers[question.name],
            )
            for row in annotations
            if question.name in row.answers
        ]
        if len(said) < 2:
            continue
        kind = type_of(question)
        leading = consensus[question.name].value if question.name in consensus else said[0][1]
        found.append(
            {
                "name": question.name,
                "title": question.title,
                "shape": kind.shape.name.lower(),
                "differs": any(kind.distance(question, said[0][1], answer) > 0 for _, answer in said[1:]),
                **DRAWN[kind.shape](question, said, leading, item),
            }
        )
    return found


def _options(question: Question, said: Said, leading: Any, item: Item) -> dict[str, Any]:
    """`options [{title, people, models, who, split}]`: those that anybody chose."""
    keys = type_of(question).keys
    rows = []
    for option in question.options:
        chose = [who for who, answer in said if option.value in keys(question, answer)]
        if chose:
            people = sum(who["kind"] == "person" for who in chose)
            rows.append(
                {
                    "title": option.title,
                    "people": people,
                    "models": len(chose) - people,
                    "who": chose,
                    "split": len(chose) < len(said),
                }
            )
    rows.sort(key=lambda row: -len(row["who"]))
    return {"options": rows, "voters": len(said)}


def _spans(question: Question, said: Said, leading: Any, item: Item) -> dict[str, Any]:
    """`lanes [{who, spans}]` and `spans [{span, title, color, before, quote, after, marks [bool per lane], split}]`."""
    text = str(item.fields.get(question.settings["field"]) or "")
    looks = {
        option.value: (option.title, option.color or COLORS[place % len(COLORS)])
        for place, option in enumerate(question.options)
    }
    every = {(span["start"], span["end"], span["label"]): span for _, answer in said for span in answer}
    by_key = [{(span["start"], span["end"], span["label"]) for span in answer} for _, answer in said]
    rows = []
    for key in sorted(every):
        start, end, label = key
        title, color = looks.get(label, (label, "gray"))
        marks = [key in marked for marked in by_key]
        rows.append(
            {
                "span": every[key],
                "title": title,
                "color": color,
                "before": text[max(0, start - CONTEXT) : start],
                "quote": text[start:end],
                "after": text[end : end + CONTEXT],
                "marks": marks,
                "split": not all(marks),
            }
        )
    return {
        "lanes": [{"who": who, "spans": answer} for who, answer in said],
        "spans": rows,
        "text": text,
        "options": [
            {"value": option.value, "title": option.title, "color": looks[option.value][1]}
            for option in question.options
        ],
    }


def _texts(question: Question, said: Said, leading: Any, item: Item) -> dict[str, Any]:
    """`texts [{who, parts [{kind: "same" | "added" | "left_out", text}]}]`, each against what leads."""
    return {
        "base": leading,
        "texts": [{"who": who, "parts": text_parts(str(leading), str(answer))} for who, answer in said],
    }


def text_parts(before: str, after: str) -> list[dict[str, str]]:
    """What `after` says, word by word, against `before`."""
    one, other = WORDS.findall(before), WORDS.findall(after)
    if len(one) > COMPARED or len(other) > COMPARED:
        return [{"kind": "same", "text": after}]
    parts: list[dict[str, str]] = []
    for tag, i, k, j, n in SequenceMatcher(a=one, b=other, autojunk=False).get_opcodes():
        if tag in ("delete", "replace"):
            parts.append({"kind": "left_out", "text": "".join(one[i:k])})
        if tag != "delete":
            parts.append({"kind": "same" if tag == "equal" else "added", "text": "".join(other[j:n])})
    return parts


def _order(question: Question, said: Said, leading: Any, item: Item) -> dict[str, Any]:
    """`who [voter]` and `places [{title, places [int per voter], split}]`, in the order that leads."""
    places = [{value: place for place, tier in enumerate(answer, 1) for value in tier} for _, answer in said]
    order = [value for tier in leading for value in tier]
    rows = []
    for value in order:
        given = [each.get(value) for each in places]
        rows.append({"title": question.option_title(value), "places": given, "split": len(set(given)) > 1})
    return {"who": [who for who, _ in said], "places": rows}


DRAWN: dict[Shape, Callable[[Question, Said, Any, Item], dict[str, Any]]] = {
    Shape.ONE: _options,
    Shape.SCALE: _options,
    Shape.ANY: _options,
    Shape.MARKS: _spans,
    Shape.WRITTEN: _texts,
    Shape.ORDER: _order,
}
