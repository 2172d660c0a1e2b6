"""How common each label is: as people say, as a model says, and the model's corrected by people's blind answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.prevalence import share as corrected_share
from annotation.models import Annotation, Annotator, Item, Membership, Project
from annotation.models.filters import Filters
from annotation.questions import Answers, Distribution, Question, Shape, type_of

from ..charts import Axis, Chart, Estimate, Estimates, Hue, Link
from .base import Cell, Column, Figure, Kind, Value, between, count, decimal, nothing, percent, share, within, words
from .voting import labelled

# Of more items the newest votes of the model are read, and of people's answers the newest.
NEWEST = 300_000
# Drawn by chance, so many audits speak for all items; with fewer, whatever people answered blind has to.
LEAST_AUDITS = 20
HUES: dict[str, Hue] = {"corrected": "series-1", "model": "series-3", "people": "series-2"}


def measure(project: Project, filters: Filters) -> Value:
    questions = labelled(project)
    model = _busiest(project)
    if not questions or model is None:
        return {"questions": {}, "model": model and model.pk, "labelled": bool(questions)}
    votes = Annotation.objects.votes().filter(within(project, filters), project=project).order_by("-pk")
    people: dict[int, list[Answers]] = defaultdict(list)
    blind = votes.human().filter(suggestion_seen=False).values_list("item_id", "answers")[:NEWEST]
    for item, answers in blind.iterator(chunk_size=5_000):
        people[item].append(answers)
    predicted: dict[int, tuple[Answers, dict[str, Distribution]]] = {
        item: (answers, shares)
        for item, answers, shares in votes.filter(annotator=model)
        .values_list("item_id", "answers", "distribution")[:NEWEST]
        .iterator(chunk_size=5_000)
    }
    audited = set(Item.objects.filter(project=project, audit=True).values_list("pk", flat=True)) & people.keys()
    by_chance = len(audited & predicted.keys()) >= LEAST_AUDITS
    sample = sorted((audited if by_chance else people.keys()) & predicted.keys())
    return {
        "model": model.pk,
        "labelled": True,
        "by_chance": by_chance,
        "questions": {each.name: _corrected(each, people, predicted, sample) for each in questions},
    }


def _busiest(project: Project) -> Annotator | None:
    """The model annotator that has voted most: its answers are there for most items."""
    voters = Annotation.objects.votes().by_models().filter(project=project).order_by()
    most = voters.values_list("annotator").annotate(votes=Count("pk")).order_by("-votes", "annotator").first()
    return Annotator.objects.get(pk=most[0]) if most else None


def _corrected(
    question: Question,
    people: dict[int, list[Answers]],
    predicted: dict[int, tuple[Answers, dict[str, Distribution]]],
    sample: list[int],
) -> dict[str, Any]:
    """{label: [value, low, high, by people, by the model, λ]}; people's share is of all that they answered blind."""
    name, shape = question.name, type_of(question).shape
    said = {item: keys for item in people if (keys := _said(question, people[item])) is not None}
    chosen = [item for item in sample if item in said and name in predicted[item][0]]
    drawn = set(chosen)
    rest = [item for item, (answers, _shares) in predicted.items() if item not in drawn and name in answers]
    found = {}
    for value in question.values:
        answered = np.array([value in said[item] for item in chosen], dtype=float)
        guess = np.array([_predicted(question, predicted[item], value, shape) for item in chosen], dtype=float)
        others = np.array([_predicted(question, predicted[item], value, shape) for item in rest], dtype=float)
        estimate = corrected_share(answered, guess, others)
        by_model = np.concatenate([guess, others])
        found[value] = [
            estimate.value,
            estimate.low,
            estimate.high,
            sum(value in keys for keys in said.values()) / len(said) if said else None,
            float(by_model.mean()) if len(by_model) else None,
            estimate.weight,
        ]
    return {"labels": found, "sample": len(chosen), "rest": len(rest), "people": len(said)}


def _said(question: Question, votes: Iterable[Answers]) -> tuple[str, ...] | None:
    """The labels that most people gave an item, of a tie the first; None where nobody answered this question."""
    given = [tuple(type_of(question).keys(question, vote[question.name])) for vote in votes if question.name in vote]
    return Counter(given).most_common(1)[0][0] if given else None


def _predicted(question: Question, vote: tuple[Answers, dict[str, Distribution]], value: str, shape: Shape) -> float:
    """The model's probability of the label, or whether it gave it."""
    answers, shares = vote
    told = shares.get(question.name)
    if told and shape is not Shape.ANY:
        return told.get(value, 0.0)
    return float(value in type_of(question).keys(question, answers[question.name]))


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    if not value["labelled"]:
        return nothing(_("No question has labels to count."))
    model = Annotator.objects.filter(pk=value["model"]).first()
    if model is None:
        return nothing(_("No model has voted yet: its answers on all items are what people’s sample is completed by."))
    asked = [question for question in project.question_list if question.name in value["questions"]]
    rows, charts, sampled = [], [], 0
    for question in asked:
        found = value["questions"][question.name]
        sampled = max(sampled, found["sample"])
        if found["sample"]:
            charts.append(_chart(question, found))
            rows += [_row(question, label, figures, found) for label, figures in found["labels"].items()]
    if not rows:
        return nothing(
            _("No item has both a vote of %(model)s and a person’s blind answer yet.") % {"model": model.name},
        )
    chance = (
        _("The sample is the audits: chance drew them.")
        if value["by_chance"]
        else _("There are few audits, so the sample is whatever people answered blind; it may not stand for all items.")
    )
    return Figure(
        columns=(
            Column("question", _("Question"), False), Column("label", _("Label"), False),
            Column("corrected", _("Corrected")), Column("low", _("at least")), Column("high", _("at most")),
            Column("people", _("People")), Column("model", _("Model")), Column("weight", "λ"),
            Column("sample", _("Sample")), Column("rest", _("Model alone")),
        ),
        rows=tuple(rows),
        charts=tuple(charts),
        note=_(
            "Prediction-powered inference (PPI++): the votes of %(model)s on all items, corrected by how they differ "
            "from people’s answers on a sample. λ: how much they are relied on. Intervals hold with 95 %% confidence."
        )
        % {"model": model.name}
        + f" {chance}",
    )  # fmt: skip


def _row(question: Question, label: str, figures: list[float | None], found: dict[str, Any]) -> tuple[Cell, ...]:
    value, low, high, people, model, weight = figures
    link = _link(question, label)
    return (
        words(question.title),
        words(question.option_title(label), link, head=True),
        share(value, link),
        share(low),
        share(high),
        share(people),
        share(model),
        decimal(weight),
        count(found["sample"]),
        count(found["rest"]),
    )


def _chart(question: Question, found: dict[str, Any]) -> Chart:
    estimates = []
    for label, (value, low, high, people, model, _weight) in found["labels"].items():
        title, link = question.option_title(label), _link(question, label)
        told = f"{title}: {percent(value)} ({between(low, high)})"
        estimates += [
            Estimate(title, value, low, high, told, _("corrected"), HUES["corrected"], link),
            Estimate(title, model, None, None, f"{title}: {percent(model)}", _("model"), HUES["model"], link),
            Estimate(title, people, None, None, f"{title}: {percent(people)}", _("people"), HUES["people"], link),
        ]
    return Estimates(question.title, tuple(estimates), Axis(_("Share of items"), "share"))


def _link(question: Question, label: str) -> Link:
    return Link({"label": f"{question.name}:{label}"})


PREVALENCE = Kind("prevalence", gettext_lazy("How common each label is"), "project", measure, present)
