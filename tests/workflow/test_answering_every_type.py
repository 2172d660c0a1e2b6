"""Model annotators over a project that asks for sets, ratings and spans, with real rows."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.urls import reverse

from annotation.aggregation.scoring import case_of
from annotation.models import Annotation, Calibration, Checkpoint, Item, Project, Run
from annotation.reports.confusion import confusion_report
from annotation.reports.worth import Worth, worth_report
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import submit
from annotation.workflow.calibrating import calibrate
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Refused
from annotation.workflow.estimating import estimate_run
from annotation.workflow.exemplifying import draw_examples
from annotation.workflow.learning import find_learners, learn_from_answers
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.queueing import claim
from annotation.workflow.running import start_run
from annotation.workflow.weighing import weighed_votes
from tests.cast import Cast
from tests.labelers.made import story
from tests.runs import finish
from tests.views.data import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

QUESTIONS: list[dict[str, Any]] = [
    {"name": "names", "type": "spans", "title": "Names", "options": ["person", "firm"]},
    {"name": "about", "type": "multichoice", "title": "It speaks of", "options": ["people", "firms"], "at_least": 0},
    {"name": "people", "type": "rating", "title": "How many people", "min": 0, "max": 2},
    {"name": "why", "type": "text", "title": "Why", "when": {"question": "people", "is": ["2"]}},
]


def answers_to(spans: list[dict[str, Any]]) -> dict[str, Any]:
    labels = [span["label"] for span in spans]
    about = [option for option, label in (("people", "person"), ("firms", "firm")) if label in labels]
    return {"names": spans, "about": about, "people": min(2, labels.count("person"))}


def fill(cast: Cast, count: int) -> tuple[Project, dict[str, dict[str, Any]]]:
    """A project of the lead's, and text → what is right."""
    fields = [{"name": "text", "type": "text"}]
    project = create_project(
        Definition("News", fields, QUESTIONS, policy={"overlap": 1, "audit_share": 0}), user=cast.lead
    )
    draw, right = Random(4), {}
    while len(right) < count:
        text, spans = story(draw, new=False)
        right[text] = answers_to(spans)
    add_items(project, [{"fields": {"text": text}} for text in right])
    return project, right


def answer(cast: Cast, project: Project, right: dict[str, dict[str, Any]], count: int) -> None:
    person = project.annotators.get(user=cast.lead)
    for _ in range(count):
        lease = claim(person)
        assert lease is not None
        submit(assignment=lease, answers=right[lease.item.fields["text"]])


def test_a_learner_votes_on_sets_and_ratings_at_once_on_spans_after_answers_and_is_measured(cast: Cast) -> None:
    project, right = fill(cast, 40)
    labeler = add_labeler(project, name="Learner", kind="trained", config={})
    finish(start_run(labeler))
    votes = Annotation.objects.votes().filter(annotator=labeler.annotator)
    assert votes.count() == 40
    assert {name for vote in votes for name in vote.answers} == {"about", "people"}, "nobody has marked a name yet"
    Item.objects.filter(project=project).update(audit=True)
    answer(cast, project, right, 24)
    assert find_learners() == [labeler.pk]
    learn_from_answers(labeler.pk)
    checkpoint = Checkpoint.objects.get(labeler=labeler, number=2)
    assert checkpoint.applied_at is not None
    assert set(checkpoint.metrics) == {"about", "names", "people"}
    assert set(checkpoint.metrics["names"]) == {"f1", "answers"}
    again = finish(Run.objects.filter(labeler=labeler).latest("pk"))
    assert again.total == 16, "to vote on spans, all open items are read again"
    open_votes = votes.filter(item__taken=0).select_related("item")
    assert len(open_votes) == 16
    hits = [vote.answers["names"] == right[vote.item.fields["text"]]["names"] for vote in open_votes]
    assert sum(hits) >= 8
    answer(cast, project, right, 16)
    while calibrate(labeler.pk):
        pass
    [names, about, people, why] = measured(project, labeler.pk).measured
    assert names.answers == 16 and names.micro_f1 is not None and names.micro_f1 > 0.6
    assert names.closeness is not None and names.accuracy is not None and names.closeness >= names.accuracy
    assert names.kappa is None and not names.counts
    assert about.answers == 40 and about.micro_f1 is not None
    assert people.answers == 40 and people.counts and people.micro_f1 is None
    assert why.answers == 0
    assert [table.question.name for table in confusion_report(project, measured(project, labeler.pk).cases)] == [
        "people"
    ]
    assert set(Calibration.objects.exclude(question="").values_list("question", flat=True)) == {"about", "people"}
    shown = signed_in(cast.lead).get(reverse("labeler", args=[project.slug, labeler.pk]))
    text = shown.content.decode()
    assert shown.status_code == 200
    assert "Closeness" in text and "no table of which it confuses" in text and "F1 on audits" in text


def measured(project: Project, labeler: int) -> Worth:
    return next(each for each in worth_report(project) if each.labeler.pk == labeler)


def test_a_prompted_model_answers_what_its_answers_lead_to_and_calibration_keeps_its_answers(cast: Cast) -> None:
    project, right = fill(cast, 24)
    rules = [
        {"contains": "told reporters", "asked": "How many people", "answer": 2, "confidence": 0.9},
        {"contains": "", "asked": "How many people", "answer": 1, "confidence": 0.6},
        {"contains": "", "asked": "It speaks of", "answer": ["people"], "confidence": 0.7},
        {"contains": "", "asked": "Names", "answer": [], "confidence": 0.8},
        {"contains": "", "asked": "Why", "answer": "Two are named.", "confidence": 0.5},
    ]
    config = {"llm": "scripted", "script": {"rules": rules}, "examples": 4}
    labeler = add_labeler(project, name="Robot", kind="prompted", config=config)
    assert estimate_run(labeler).requests == 24 * 4
    finish(start_run(labeler))
    votes = Annotation.objects.votes().filter(annotator=labeler.annotator).select_related("item")
    assert votes.count() == 24
    for vote in votes:
        two = "told reporters" in vote.item.fields["text"]
        assert ("why" in vote.answers) == two
        assert vote.confidence == (0.5 if two else 0.6)
    answer(cast, project, {text: {**each, "people": each["people"]} for text, each in right.items()}, 24)
    assert {name for _, given in draw_examples(project, config) for name in given} == {"names", "about", "people"}
    while calibrate(labeler.pk):
        pass
    weighed = weighed_votes(project.question_list, votes.all())
    calibrations = {each.question: each for each in Calibration.objects.filter(labeler=labeler)}
    assert "about" in calibrations and "why" not in calibrations
    for vote in votes:
        (counted,) = weighed[vote.item_id]
        assert counted.distribution["about"]["people"] > 0.5 > counted.distribution["about"]["firms"]
        case = case_of(project.question_list[1], 1, [right[vote.item.fields["text"]]], vote.answers, vote.distribution)
        assert case is not None and case.right == (right[vote.item.fields["text"]]["about"] == ["people"])


def test_who_can_answer_nothing_of_a_project_is_refused_when_it_is_added(cast: Cast) -> None:
    fields = [{"name": "text", "type": "text"}]
    project = create_project(Definition("Essays", fields, [{"name": "essay", "type": "text"}]), user=cast.lead)
    with pytest.raises(Refused, match="options, ratings and spans"):
        add_labeler(project, name="Learner", kind="trained", config={})
    response = signed_in(cast.lead).post(
        reverse("labelers", args=[project.slug]), {"name": "Learner", "kind": "trained", "llm": "local"}
    )
    assert response.status_code == 422
    assert "options, ratings and spans" in response.content.decode()
