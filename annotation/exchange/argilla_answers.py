"""What people and models said in a record of Argilla, in the four shapes that its versions write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .annotated import Marked, Nothing, Picked
from .argilla_settings import is_scale
from .base import SourceQuestion, SourceVote
from .tool_records import as_name, chosen, column_of, triples

SUBMITTED = (None, "submitted")
Declared = Mapping[str, SourceQuestion]


class _Response(NamedTuple):
    """`value` is None where the answer is empty."""

    question: str
    value: Any
    user: object
    status: object


class _Suggestion(NamedTuple):
    question: str
    value: Any
    agent: object
    score: object
    kind: object = None


def people_of(
    record: Mapping[str, Any], shown: Mapping[str, Any], declared: Declared, names: Mapping[str, Any], losses: list[str]
) -> tuple[list[SourceVote], set[str]]:
    """A vote for each person who submitted; and the keys that responses stand under. `names`: number → name."""
    taken: set[str] = set()
    people: dict[str, dict[str, Any]] = {}
    for response in _responses(record, taken):
        if response.status == "discarded":
            losses.append(_("A discarded response, which is no answer."))
        elif response.status not in SUBMITTED:
            losses.append(_("A draft, which nobody has submitted."))
        else:
            who = as_name(names.get(str(response.user), response.user))
            _put(people.setdefault(who, {}), response.question, response.value, shown, declared, losses)
    return [SourceVote(who, answers) for who, answers in people.items() if answers], taken


def suggestions_of(
    record: Mapping[str, Any], shown: Mapping[str, Any], declared: Declared, names: Mapping[str, Any], losses: list[str]
) -> tuple[list[SourceVote], set[str]]:
    """A vote for each agent, as sure as the least sure of its suggestions; and the keys they stand under.

    `names`: what Argilla knows an agent by → its name.
    """
    taken: set[str] = set()
    agents: dict[tuple[str, str], tuple[dict[str, Any], list[float]]] = {}
    for each in _suggestions(record, taken):
        kind = "human" if each.kind == "human" else "model"
        answers, scores = agents.setdefault((as_name(names.get(str(each.agent), each.agent)), kind), ({}, []))
        _put(answers, each.question, each.value, shown, declared, losses)
        found = each.score if isinstance(each.score, list) else [each.score]
        scores += [score for score in found if isinstance(score, int | float) and not isinstance(score, bool)]
    votes = [
        SourceVote(name, answers, kind, confidence=min(scores, default=None))
        for (name, kind), (answers, scores) in agents.items()
        if answers
    ]
    return votes, taken


def write_value(question: Question, answer: Any) -> Any:
    """An answer as Argilla has it; None where it has no way to say it."""
    match question.type:
        case "multichoice":
            return answer or None
        case "spans":
            return [{key: span[key] for key in ("start", "end", "label")} for span in answer]
        case "rating" if not is_scale(question):
            return str(answer)
        case "ranking":
            # An order alone comes without ranks to its server, which refuses it.
            return [{"value": value, "rank": place} for place, tier in enumerate(answer, 1) for value in tier]
    return answer


def _responses(record: Mapping[str, Any], taken: set[str]) -> Iterator[_Response]:
    responses = record.get("responses")
    if isinstance(responses, dict):
        for name, each in responses.items():
            yield from _of_question(name, each)
    for each in responses if isinstance(responses, list) else ():
        values = each.get("values") if isinstance(each, dict) else None
        for name, inner in values.items() if isinstance(values, dict) else ():
            value = inner.get("value") if isinstance(inner, dict) else inner
            yield _Response(name, value, each.get("user_id"), each.get("status"))
        if isinstance(each, dict) and not values and each.get("status") not in SUBMITTED:
            yield _Response("", None, each.get("user_id"), each["status"])
    for key, value in record.items():
        name, dot, last = key.rpartition(".")
        if dot and last == "responses" and isinstance(value, list | None):
            taken |= {key, f"{key}.users", f"{key}.status"}
            users, states = _parallel(record.get(f"{key}.users")), _parallel(record.get(f"{key}.status"))
            for place, each in enumerate(value or ()):
                yield _Response(name, each, _at(users, place), _at(states, place))
        elif f"{key}-suggestion" in record:
            taken.add(key)
            yield from _of_question(key, value)


def _of_question(name: str, responses: object) -> Iterator[_Response]:
    for each in responses if isinstance(responses, list) else ():
        if isinstance(each, dict):
            yield _Response(name, each.get("value"), each.get("user_id"), each.get("status"))


def _suggestions(record: Mapping[str, Any], taken: set[str]) -> Iterator[_Suggestion]:
    suggestions = record.get("suggestions")
    if isinstance(suggestions, dict):
        for name, each in suggestions.items():
            if isinstance(each, dict):
                yield _Suggestion(name, each.get("value"), each.get("agent"), each.get("score"), each.get("type"))
    for each in suggestions if isinstance(suggestions, list) else ():
        if isinstance(each, dict) and isinstance(each.get("question_name"), str):
            yield _Suggestion(
                each["question_name"], each.get("value"), each.get("agent"), each.get("score"), each.get("type")
            )
    for key, value in record.items():
        if key.endswith(".suggestion"):
            taken |= {key, f"{key}.agent", f"{key}.score"}
            yield _Suggestion(
                key.removesuffix(".suggestion"), value, record.get(f"{key}.agent"), record.get(f"{key}.score")
            )
        elif key.endswith("-suggestion"):
            taken |= {key, f"{key}-metadata"}
            beside = record.get(f"{key}-metadata")
            about: Mapping[str, Any] = beside if isinstance(beside, dict) else {}
            yield _Suggestion(
                key.removesuffix("-suggestion"), value, about.get("agent"), about.get("score"), about.get("type")
            )


def _put(
    answers: dict[str, Any],
    name: str,
    value: Any,
    shown: Mapping[str, Any],
    declared: Declared,
    losses: list[str],
) -> None:
    if value is None:
        return
    answer = _answer(value, declared.get(name), shown)
    if answer is None:
        losses.append(_("An answer of a kind that has no counterpart here."))
    else:
        answers[name] = answer


def _answer(value: Any, declared: SourceQuestion | None, shown: Mapping[str, Any]) -> Any:
    kind = declared.type if declared else ""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "text":
        return value if isinstance(value, str) else None
    if value == []:
        return Marked(declared.field) if declared and kind == "spans" else Nothing()
    if isinstance(value, list) and all(isinstance(each, dict) and "rank" in each for each in value):
        return _tiers(value)
    if (marks := triples(value)) is not None:
        return Marked((declared.field if declared else "") or column_of(shown, ""), marks)
    options = chosen(value)
    if options is None:
        return None
    return [[option] for option in options] if kind == "ranking" else Picked(options, ordered=not kind)


def _tiers(value: list[dict[str, Any]]) -> list[list[str]] | None:
    places: dict[Any, list[str]] = {}
    for each in value:
        if not isinstance(each["rank"], int | float) or not isinstance(each.get("value"), str):
            return None
        places.setdefault(each["rank"], []).append(each["value"])
    return [places[rank] for rank in sorted(places)]


def _parallel(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else None
