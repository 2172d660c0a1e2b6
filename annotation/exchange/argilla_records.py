"""Export records as an Argilla dataset's, as its server takes them: it refuses all for one that it does not."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.questions import as_text
from annotation.questions.speech import gettext as _

from .argilla_answers import write_value
from .argilla_settings import LONGEST_GUIDELINES, required_in
from .base import Shape, Written
from .label_studio_template import tag_names

# Names become the numbers that Argilla knows people by, always the same ones.
NAMESPACE = uuid.UUID("6d1f5a0e-6a5c-5f0a-9f0b-5e6a0c1d2b3e")
LONGEST_NAME, LONGEST_AGENT = 200, 200
# Of what a model may be called, Argilla allows less than others.
UNSAYABLE = re.compile(r"[^a-zA-Z0-9\-_:./\s]")
CONSENSUS = "consensus"


@dataclass(frozen=True, slots=True)
class Names:
    """Who is in the dataset, by what Argilla knows them: people by numbers, models by the signs that it allows."""

    users: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)

    def user(self, name: str) -> str:
        number = str(uuid.uuid5(NAMESPACE, name))
        self.users[number] = name
        return number

    def agent(self, name: str) -> str:
        known = next((plain for plain, each in self.agents.items() if each == name), None)
        if known is not None:
            return known
        plain = UNSAYABLE.sub("-", name)[:LONGEST_AGENT]
        if plain in self.agents or not re.search("[a-zA-Z0-9]", plain):
            plain = f"model-{len(self.agents) + 1}"
        self.agents[plain] = name
        return plain


def record_of(
    record: Mapping[str, Any], shape: Shape, names: Names, written: Written, *, decided: bool
) -> dict[str, Any]:
    responses: dict[str, list[dict[str, Any]]] = {}
    suggestions: dict[str, dict[str, Any]] = {}
    tags = tag_names(shape)
    if decided:
        for name, value in _values({name: label["value"] for name, label in record["labels"].items()}, shape, written):
            sure = record["labels"][name].get("posterior")
            suggestions[tags[name]] = _suggestion(value, sure, CONSENSUS, written)
    for each in () if decided else record["annotations"]:
        if each.get("advice"):
            written.losses[_("What a model advised after it had read the votes was left out.")] += 1
            continue
        values = dict(_values(each["answers"], shape, written))
        if each["kind"] != "human":
            for name, value in values.items():
                if tags[name] in suggestions:
                    written.losses[_("A second model’s answer was left out.")] += 1
                else:
                    agent = names.agent(each["annotator"])
                    suggestions[tags[name]] = _suggestion(value, each["confidence"], agent, written)
            continue
        complete = required_in(shape) <= values.keys()
        if values and not complete:
            written.losses[_("Answers without one that Argilla insists on were written as a draft.")] += 1
        whose = {"user_id": names.user(each["annotator"]), "status": "submitted" if complete else "draft"}
        for name, value in values.items():
            responses.setdefault(tags[name], []).append({"value": value, **whose})
    return {
        **({"id": record["external_id"]} if record["external_id"] else {}),
        "fields": {each["name"]: _shown(each["type"], record["fields"].get(each["name"])) for each in shape.shown},
        "metadata": record["metadata"],
        "responses": responses,
        "suggestions": suggestions,
        "vectors": {},
    }


def _values(answers: Mapping[str, Any], shape: Shape, written: Written) -> Iterator[tuple[str, Any]]:
    """What Argilla can say of them, by the names of our questions."""
    for question in shape.asked:
        if question.name not in answers:
            continue
        value = write_value(question, answers[question.name])
        if value is None:
            written.losses[_("That none of the options was chosen, which Argilla cannot say, was left out.")] += 1
        else:
            yield question.name, value


def _suggestion(value: Any, score: float | None, agent: str, written: Written) -> dict[str, Any]:
    """Argilla wants a score for each part of a value that has parts, and has only orders without ties to suggest."""
    if isinstance(value, list) and value and "rank" in value[0]:
        if len({each["rank"] for each in value}) < len(value):
            written.losses[_("Ties in a ranking that is suggested were written as an order.")] += 1
        value = [each["value"] for each in value]
    each = [score] * len(value) or None if isinstance(value, list) and score is not None else score
    return {"value": value, "score": each, "agent": agent}


def _shown(kind: str, value: Any) -> Any:
    """Of conversations the messages, none of an empty one; all else as text."""
    return value or None if kind == "chat" else as_text(kind, value)


def dataset_of(shape: Shape) -> dict[str, Any]:
    return {
        "name": shape.name[:LONGEST_NAME] or "dataset",
        "status": "draft",
        "guidelines": shape.guidelines[:LONGEST_GUIDELINES] or None,
        "allow_extra_metadata": True,
    }
