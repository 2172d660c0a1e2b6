"""Every type of question is fitted in its own way, and one annotator can be trusted above all others."""

from __future__ import annotations

import random
from typing import Any

import pytest

from annotation.aggregation.keeping import recalled, stored
from annotation.models import Annotation, Annotator, Item, Labeler, Project
from annotation.questions import type_of
from annotation.workflow.adding import add_items
from annotation.workflow.crowds import read_marks
from annotation.workflow.fitting_votes import ENOUGH_KNOWN, Learned, fit_questions
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.settling import Vote, settle
from tests.cast import SCRIPTED, Cast
from tests.workflow.test_fitting import CROWD, crowded, fresh

TEXT = "Anna met Boris in Chur."
QUESTIONS = [
    {"name": "topics", "type": "multichoice", "options": ["a", "b", "c"], "at_least": 0},
    {"name": "quality", "type": "rating", "min": 1, "max": 5},
    {"name": "names", "type": "spans", "field": "text", "options": ["person", "place"], "required": False},
    {"name": "order", "type": "ranking", "options": ["x", "y", "z"]},
    {"name": "rewrite", "type": "text", "required": False},
]
TRUTH: dict[str, Any] = {
    "topics": ["a", "c"],
    "quality": 4,
    "names": [{"start": 0, "end": 4, "label": "person", "text": "Anna"}],
    "order": [["x"], ["y"], ["z"]],
    "rewrite": "Anna met Boris.",
}
WRONG: dict[str, Any] = {
    "topics": ["b"],
    "quality": 1,
    "names": [{"start": 18, "end": 22, "label": "place", "text": "Chur"}],
    "order": [["z"], ["y"], ["x"]],
    "rewrite": "Nobody met.",
}


def learned(project: Project) -> dict[str, Learned]:
    return {question.name: each for question, each in fit_questions(project)}


def test_each_type_is_fitted_in_its_own_way_and_hears_the_careful_over_the_careless(cast: Cast) -> None:
    project = create_project(
        Definition(name="All", fields=[{"name": "text", "type": "text"}], questions=QUESTIONS),
        user=cast.lead,
        judge=SCRIPTED,
    )
    draw = random.Random(3)
    rows = []
    for number in range(60):
        votes = []
        for name, care in (("careful", 0.95), ("steady", 0.9), ("hasty", 0.75), ("careless", 0.3)):
            # Those who do not care say the same wrong thing.
            answers = {key: TRUTH[key] if draw.random() < care else WRONG[key] for key in TRUTH}
            quality = 4 - 2 * (number % 2)
            answers["quality"] = quality if draw.random() < care else draw.choice([1, 3, 5])
            votes.append({"annotator": name, "answers": answers})
        rows.append({"fields": {"text": f"{TEXT} {number}"}, "annotations": votes})
    report = add_items(project, rows)
    assert report.created == 60, report.rejected[:1]
    found = learned(project)
    assert {name: each.knowledge.method for name, each in found.items()} == {
        "topics": "anchored",
        "quality": "ordinal",
        "names": "dawid_skene",
        "order": "wawa",
        "rewrite": "wawa",
    }
    people = dict(Annotator.objects.filter(project=project).values_list("name", "pk"))
    for name, each in found.items():
        assert each.votes == 240, name
        assert each.accuracies[people["careful"]] > each.accuracies[people["careless"]] + 0.02, name
    item = Item.objects.filter(project=project).order_by("pk")[0]
    votes = [
        Vote(people[name], True, TRUTH if name in ("careful", "steady") else WRONG, {})
        for name in ("careful", "steady", "careless", "hasty")
    ]
    fits = {name: recalled(each.knowledge.method, *stored(each.knowledge)) for name, each in found.items()}
    verdict = settle(project.question_list, votes, item.fields, fits)
    for question in project.question_list:
        value = verdict.outcomes[question.name].value
        assert type_of(question).distance(question, value, TRUTH[question.name]) == 0, question.name


def test_of_more_text_than_is_read_the_texts_come_first_that_tell_about_annotators(cast: Cast) -> None:
    definition = Definition(name="Spans", fields=[{"name": "text", "type": "text"}], questions=[QUESTIONS[2]])
    project = create_project(definition, user=cast.lead, judge=SCRIPTED)
    lone, known, shared = ({"annotator": name, "answers": {"names": TRUTH["names"]}} for name in ("a", "b", "c"))
    votes = [[lone], [known], [lone, shared]]
    add_items(
        project, [{"fields": {"text": f"{TEXT} {place}"}, "annotations": each} for place, each in enumerate(votes)]
    )
    one, told, two = Item.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)
    (question,) = project.question_list
    readings = read_marks(project, question, known={told: []}, most=10_000)
    assert {each.item for each in readings[:2]} == {told, two}
    assert (readings[2].item, readings[2].text, readings[2].known) == (one, f"{TEXT} 0", None)
    assert [spans for _, spans in next(each for each in readings if each.item == two).votes] == [TRUTH["names"]] * 2
    assert read_marks(project, question, known={told: []}, most=30) == readings[:2]


def test_models_are_heard_once_known_answers_measure_them(cast: Cast) -> None:
    truth = crowded(cast, 60)
    labeler = Labeler.objects.create(project=cast.project, name="m", kind="imported", active=False)
    model = Annotator.objects.create(project=cast.project, kind="model", name="m", labeler=labeler)
    items = list(Item.objects.filter(project=cast.project).order_by("pk"))
    Annotation.objects.bulk_create(
        Annotation(project=cast.project, item=item, annotator=model, answers={"intent": answer}, schema_version=1)
        for item, answer in zip(items, truth, strict=True)
    )
    for item, answer in zip(items[: ENOUGH_KNOWN - 1], truth, strict=False):
        Item.objects.filter(pk=item.pk).update(gold={"intent": answer})
    before = learned(fresh(cast))["intent"]
    assert model.pk not in before.accuracies
    assert before.reason.endswith(f"Models are weighed as unmeasured: 29 of {ENOUGH_KNOWN} known answers.")
    Item.objects.filter(pk=items[-1].pk).update(gold={"intent": truth[-1]})
    after = learned(fresh(cast))["intent"]
    assert after.known == ENOUGH_KNOWN
    assert after.accuracies[model.pk] > max(after.accuracies[pk] for pk in before.accuracies)


def test_spans_are_anchored_on_known_ones_where_models_are_heard(cast: Cast) -> None:
    definition = Definition(name="Spans", fields=[{"name": "text", "type": "text"}], questions=[QUESTIONS[2]])
    project = create_project(definition, user=cast.lead, judge=SCRIPTED)
    votes = [{"annotator": name, "answers": {"names": TRUTH["names"]}} for name in ("a", "b")]
    add_items(project, [{"fields": {"text": f"{TEXT} {place}"}, "annotations": votes} for place in range(50)])
    labeler = Labeler.objects.create(project=project, name="m", kind="imported", active=False)
    model = Annotator.objects.create(project=project, kind="model", name="m", labeler=labeler)
    items = list(Item.objects.filter(project=project).order_by("pk"))
    Annotation.objects.bulk_create(
        Annotation(project=project, item=item, annotator=model, answers={"names": WRONG["names"]}, schema_version=1)
        for item in items
    )
    before = learned(project)["names"]
    assert before.knowledge.method == "dawid_skene"
    assert model.pk not in before.accuracies
    Item.objects.filter(pk__in=[item.pk for item in items[:ENOUGH_KNOWN]]).update(gold={"names": TRUTH["names"]})
    after = learned(project)["names"]
    assert (after.knowledge.method, after.known, after.votes) == ("anchored", ENOUGH_KNOWN, 150)
    assert after.accuracies[model.pk] < 0.3 < 0.9 < min(after.accuracies[pk] for pk in before.accuracies)


@pytest.mark.parametrize("by_hand", [True, False])
def test_one_annotator_is_trusted_by_hand_or_for_the_most_known_answers_right(cast: Cast, by_hand: bool) -> None:
    truth = crowded(cast, 40)
    cast.policy(fusion="trust_one", trusted="guess" if by_hand else "")
    nobody = learned(fresh(cast))["intent"]
    if not by_hand:
        assert (nobody.knowledge.method, nobody.reason) == (
            "majority",
            "Nobody has met 10 known answers yet, so nobody can be chosen.",
        )
    for item, answer in zip(Item.objects.filter(project=cast.project).order_by("pk"), truth, strict=True):
        Item.objects.filter(pk=item.pk).update(gold={"intent": answer})
    found = learned(fresh(cast))["intent"]
    chosen = Annotator.objects.get(pk=found.knowledge.annotator).name  # type: ignore[attr-defined]
    accuracies = {Annotator.objects.get(pk=pk).name: share for pk, share in found.accuracies.items()}
    assert chosen == "guess" if by_hand else accuracies[chosen] == max(accuracies.values())
    assert set(accuracies) == set(CROWD)
    right = round(40 * accuracies[chosen])
    assert found.reason == (
        "guess is trusted by hand." if by_hand else f"{chosen} had {right} of 40 known answers right."
    )
