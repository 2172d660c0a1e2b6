"""Label Studio's results: what one annotation or prediction says, region by region, in our terms and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .annotated import Mark, Marked, Picked
from .base import Shape
from .label_studio_template import is_pair, tag_names, target_of
from .tool_records import column_of

# Results that lie in pictures, sounds, films and series.
ELSEWHERE = {
    "rectangle", "rectanglelabels", "brush", "brushlabels", "polygon", "polygonlabels", "keypoint", "keypointlabels",
    "ellipse", "ellipselabels", "bitmask", "bitmasklabels", "vector", "vectorlabels", "videorectangle",
    "timeserieslabels", "timelinelabels", "magicwand",
}  # fmt: skip
KNOWN_VALUES = ("choices", "rating", "number", "text", "taxonomy", "ranker", "selected", "datetime")
LEFT, RIGHT = "left", "right"


def read_results(
    results: object, data: Mapping[str, Any], losses: list[str], pairs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Answers by the names of the tags that were used (`from_name`); what has no counterpart is added to `losses`.

    `pairs`: what the tags that compare two show on the left and on the right, which the results do not say.
    """
    answers: dict[str, Any] = {}
    for result in results if isinstance(results, list) else ():
        if not isinstance(result, dict):
            losses.append(_("A result that is no object."))
            continue
        kind, value, name = result.get("type"), result.get("value"), result.get("from_name")
        if kind == "relation":
            losses.append(_("A relation between two regions."))
        elif kind in ELSEWHERE:
            losses.append(_("A region of a picture, a sound or a film (%(kind)s).") % {"kind": kind})
        elif kind == "hypertextlabels":
            losses.append(_("A span in HTML, whose offsets do not count the source."))
        elif kind == "paragraphlabels":
            losses.append(_("A span in a conversation."))
        elif not isinstance(value, dict) or not isinstance(name, str):
            losses.append(_("A result without a value, or without the name of what was answered."))
        elif kind == "labels":
            _add_span(answers, name, result, data, losses)
        elif "start" in value or "end" in value or "itemIndex" in value:
            losses.append(_("An answer about a single region, not about the item."))
        elif name in answers:
            losses.append(_("A second result for the same tag."))
        elif (answer := _answer(value, _sides(result, pairs or {}))) is None:
            losses.append(_("A result of a kind that has no counterpart here."))
        else:
            answers[name] = answer
    return answers


def read_value(value: object) -> Any:
    """The answer in a value alone, as JSON-MIN has it; None where it is none that has a counterpart."""
    if isinstance(value, str):
        return Picked((value,)) if value else None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return _answer(value, ()) if isinstance(value, dict) else _texts(value)


def spans_in(value: object) -> list[dict[str, Any]] | None:
    """The regions in a value of JSON-MIN; None where it holds none."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        return None
    return value if all("start" in each and "labels" in each for each in value) else None


def marks_of(value: Mapping[str, Any], losses: list[str]) -> tuple[Mark, ...]:
    """A region is marked once with each of its labels."""
    labels = [label for label in value.get("labels") or () if isinstance(label, str) and label]
    if not labels:
        losses.append(_("A region without a label."))
    quote = value.get("text")
    return tuple(
        Mark(value.get("start"), value.get("end"), label, quote if isinstance(quote, str) else None) for label in labels
    )


def results_of(answers: Mapping[str, Any], shape: Shape, losses: Counter[str]) -> list[dict[str, Any]]:
    """Results that say these answers, for the tags of `label_studio_template`."""
    results: list[dict[str, Any]] = []
    tags = tag_names(shape)
    for question in shape.asked:
        if question.name in answers:
            for place, (kind, value) in enumerate(_values(question, answers[question.name], shape, losses), 1):
                results.append(
                    {
                        "id": f"{question.name}-{place}",
                        "from_name": tags[question.name],
                        # What compares two things is, in results, about itself.
                        "to_name": tags[question.name] if is_pair(question, shape) else target_of(question, shape),
                        "type": kind,
                        "value": value,
                    }
                )
    return results


def _add_span(
    answers: dict[str, Any], name: str, result: Mapping[str, Any], data: Mapping[str, Any], losses: list[str]
) -> None:
    value = result["value"]
    known = answers.get(name)
    if known is not None and not isinstance(known, Marked):
        losses.append(_("A second result for the same tag."))
        return
    column = known.field if known else column_of(data, result.get("to_name"), [value.get("text")])
    answers[name] = Marked(column, (known.marks if known else ()) + marks_of(value, losses))


def _sides(result: Mapping[str, Any], pairs: Mapping[str, Any]) -> Sequence[Any]:
    known = pairs.get(str(result.get("from_name")))
    return known if isinstance(known, list) else str(result.get("to_name")).split(",")


def _answer(value: Mapping[str, Any], sides: Sequence[Any]) -> Any:
    """`sides`: what it chose between, if it did."""
    for key in KNOWN_VALUES:
        if key not in value:
            continue
        said = value[key]
        match key:
            case "choices" if isinstance(said, list) and all(isinstance(each, str) for each in said):
                return Picked(tuple(said))
            case "choices" if isinstance(said, str):
                return Picked((said,))
            case "taxonomy" if isinstance(said, list) and all(isinstance(path, list) for path in said):
                return Picked(tuple(" / ".join(map(str, path)) for path in said))
            case "rating" | "number" if isinstance(said, int | float) and not isinstance(said, bool):
                return said if isinstance(said, int) or not said.is_integer() else int(said)
            case "text":
                return _texts(said)
            case "datetime" if isinstance(said, str):
                return said
            case "selected" if said in (LEFT, RIGHT):
                if len(sides) != 2:
                    return Picked((said,))
                first, second = map(str, sides if said == LEFT else reversed(sides))
                return [[first], [second]]
            case "ranker" if isinstance(said, dict):
                lists = [each for each in said.values() if isinstance(each, list)]
                # Buckets are an order only where there is one of them.
                return [[str(each)] for each in lists[0]] if len(lists) == 1 else None
    return None


def _texts(said: object) -> str | None:
    if isinstance(said, str):
        return said
    if isinstance(said, list) and said and all(isinstance(each, str) for each in said):
        return "\n".join(said)
    return None


def _values(question: Question, answer: Any, shape: Shape, losses: Counter[str]) -> list[tuple[str, dict[str, Any]]]:
    match question.type:
        case "choice":
            return [("choices", {"choices": [answer]})]
        case "multichoice":
            return [("choices", {"choices": answer})]
        case "spans":
            return [
                (
                    "labels",
                    {"start": each["start"], "end": each["end"], "text": each["text"], "labels": [each["label"]]},
                )
                for each in answer
            ]
        case "rating":
            return (
                [("rating", {"rating": answer})] if question.settings["min"] == 1 else [("number", {"number": answer})]
            )
        case "text":
            return [("textarea", {"text": [answer]})]
    return _order(question, answer, shape, losses)


def _order(
    question: Question, tiers: list[list[str]], shape: Shape, losses: Counter[str]
) -> list[tuple[str, dict[str, Any]]]:
    tied = any(len(tier) > 1 for tier in tiers)
    if is_pair(question, shape):
        if tied:
            losses[_("A tie between two, which Label Studio’s <Pairwise> cannot say, was left out.")] += 1
            return []
        return [("pairwise", {"selected": LEFT if tiers[0][0] == question.values[0] else RIGHT})]
    if tied:
        losses[_("Ties in a ranking were written as an order.")] += 1
    # Without buckets, Label Studio looks for the order under the name of the tag.
    return [("ranker", {"ranker": {tag_names(shape)[question.name]: [value for tier in tiers for value in tier]}})]
