"""Export records as Label Studio's tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from annotation.questions.speech import gettext as _

from .base import Shape
from .label_studio_results import results_of
from .label_studio_template import lists_of, pairs_of, tag_names

# Where a task's `meta`, which Label Studio keeps, says what it has no place for.
OWN = "synthweb"


def task_of(
    record: Mapping[str, Any], shape: Shape, *, decided: bool, emails: bool, losses: Counter[str]
) -> dict[str, Any]:
    """A task with what everybody answered, or (`decided`) with what was decided as its only annotation.

    Label Studio refuses a file that names people who are no members there: so names stand in a key of ours, which it
    passes over, unless they are the addresses (`emails`) of its members.
    """
    lists = lists_of(shape)
    own = {"external_id": record["external_id"], **({"added": sorted(lists)} if lists else {})}
    if pairs := pairs_of(shape):
        own["pairs"] = pairs
    task: dict[str, Any] = {
        "id": record["id"],
        # All that the configuration shows: of a task that lacks something, Label Studio refuses the whole file.
        "data": {**dict.fromkeys(shape.fields, ""), **record["fields"], **lists},
        "meta": {**record["metadata"], OWN: own},
        "annotations": [],
        "predictions": [],
    }
    if decided:
        answers = {name: label["value"] for name, label in record["labels"].items()}
        if answers:
            task["annotations"] = [_said(answers, shape, losses)]
        if record.get("gold"):
            losses[_("Known answers: the one annotation of a task is what was decided.")] += 1
        return task
    for each in record["annotations"]:
        said = _said(each["answers"], shape, losses) | _when(each)
        if each.get("advice"):
            losses[_("What a model advised after it had read the votes was left out.")] += 1
        elif each["kind"] == "human":
            task["annotations"].append(said | _whose(each, emails=emails, losses=losses))
        else:
            task["predictions"].append(said | {"model_version": each["annotator"], "score": each["confidence"]})
    if record.get("gold"):
        known = _said(record["gold"], shape, losses)
        task["annotations"].append(known | {"annotator": None, "ground_truth": True})
    return task


def _said(answers: Mapping[str, Any], shape: Shape, losses: Counter[str]) -> dict[str, Any]:
    """That somebody marked nothing, results cannot say."""
    tags = tag_names(shape)
    unmarked = {
        tags[question.name]: question.settings["field"]
        for question in shape.asked
        if question.type == "spans" and answers.get(question.name) == []
    }
    # What does not say so is a ground truth to Label Studio.
    said = {"result": results_of(answers, shape, losses), "ground_truth": False}
    return said | ({"unmarked": unmarked} if unmarked else {})


def _whose(each: Mapping[str, Any], *, emails: bool, losses: Counter[str]) -> dict[str, Any]:
    whose: dict[str, Any] = {"annotator": each["annotator"]}
    if emails and "@" in each["annotator"]:
        whose["completed_by"] = {"email": each["annotator"]}
    elif emails:
        losses[_("An annotation of somebody whose name is no e-mail address is of whoever imports it.")] += 1
    if each.get("seconds") is not None:
        whose["lead_time"] = each["seconds"]
    return whose


def _when(each: Mapping[str, Any]) -> dict[str, str]:
    return {"created_at": each["at"]} if each["at"] else {}
