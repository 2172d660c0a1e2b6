"""A labeler's probabilities, fitted to people's blind answers as they come in."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import (
    Annotation,
    Annotator,
    Calibration,
    Checkpoint,
    Consensus,
    Event,
    Item,
    Labeler,
    Project,
    Stage,
    Verb,
)
from annotation.models.calibration import LEAST_ANSWERS, UNFITTED
from annotation.models.evidence import blind_pairs
from annotation.workflow import calibrating
from annotation.workflow.advancing import advance
from annotation.workflow.calibrating import calibrate, find_due_calibrations
from tests.cast import Cast
from tests.plans import rows_read
from tests.threads import together


def voted(cast: Cast, count: int, *, name: str = "m", sure: float | None = None) -> Labeler:
    """A labeler that says “refund” on `count` new items, and is very sure of each."""
    chance = random.Random(count)
    labeler, _ = Labeler.objects.get_or_create(project=cast.project, name=name, kind="imported", active=False)
    annotator, _ = Annotator.objects.get_or_create(project=cast.project, kind="model", name=name, labeler=labeler)
    pks = [item.pk for item in cast.add(*(f"{name} {number}" for number in range(count)))]
    votes = []
    for pk in pks:
        top = sure or round(chance.uniform(0.85, 0.999), 3)
        shares = {"refund": top, "delivery": (1 - top) * 0.8, "other": (1 - top) * 0.2}
        votes.append(vote(annotator, pk, "refund", shares))
    Annotation.objects.bulk_create(votes)
    advance(fresh(cast), pks)
    return labeler


def vote(
    annotator: Annotator, item: int, intent: str, shares: dict[str, float] | None = None, **more: object
) -> Annotation:
    distribution = {"intent": shares} if shares else {}
    return Annotation(
        project_id=annotator.project_id,
        item_id=item,
        annotator=annotator,
        answers={"intent": intent},
        distribution=distribution,
        schema_version=1,
        **more,
    )


def people_say(cast: Cast, count: int, *, accuracy: float = 0.6, blind: bool = True, skip: int = 0) -> list[int]:
    """Answers of one person to the next items in order of id, “refund” to `accuracy` of them."""
    person = cast.as_annotator(cast.annotator)
    items = Item.objects.filter(project=cast.project).exclude(annotations__annotator=person).order_by("pk")
    pks = list(items.values_list("pk", flat=True)[skip : skip + count])
    right = [number % 10 < 10 * accuracy for number in range(len(pks))]
    Annotation.objects.bulk_create(
        vote(person, pk, "refund" if each else "delivery", suggestion_seen=not blind)
        for pk, each in zip(pks, right, strict=True)
    )
    return pks


def fresh(cast: Cast) -> Project:
    return Project.objects.get(pk=cast.project.pk)


def finish(labeler: Labeler) -> None:
    while calibrate(labeler.pk):
        pass


def test_an_overconfident_model_is_brought_down_to_how_often_it_is_right(cast: Cast) -> None:
    labeler = voted(cast, 250)
    people_say(cast, 120)
    finish(labeler)
    fitted = Calibration.objects.get(labeler=labeler)
    before, after = fitted.metrics["before"], fitted.metrics["after"]
    assert (fitted.method, fitted.answers) == ("platt", 120)
    assert before["ece"] > 0.25
    assert after["ece"] < 0.6 * before["ece"]
    assert after["brier"] < before["brier"]
    assert sum(each["count"] for each in after["bins"]) == 120
    people_say(cast, 100)
    finish(labeler)
    newest = Calibration.objects.filter(labeler=labeler).first()
    assert newest is not None
    assert (newest.method, newest.answers) == ("isotonic", 220)
    assert Event.objects.filter(verb=Verb.CALIBRATED, project=cast.project).count() == 2


def test_open_items_feel_it_and_the_stored_votes_keep_what_the_model_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "READVANCE", 7)
    labeler = voted(cast, 50, sure=0.98)
    said = list(Annotation.objects.by_models().order_by("pk").values_list("distribution", "confidence"))
    answered = people_say(cast, 30)
    finish(labeler)
    open_items = Item.objects.filter(project=cast.project).exclude(pk__in=answered)
    rows = Consensus.objects.filter(item__in=open_items)
    assert rows.count() == 20
    for row in rows:
        assert row.value == "refund"
        assert row.posterior == pytest.approx(0.6, abs=0.05)
        assert row.distribution["delivery"] == pytest.approx(4 * row.distribution["other"])
    assert list(Annotation.objects.by_models().order_by("pk").values_list("distribution", "confidence")) == said
    assert "next_item" not in Calibration.objects.get().parameters


def test_what_is_settled_is_left_as_it_is(cast: Cast) -> None:
    cast.policy(min_human=0, accept_threshold=0.9)
    labeler = voted(cast, 40, sure=0.98)
    Project.objects.filter(pk=cast.project.pk).update(licensed=True)
    settled = list(Item.objects.filter(project=cast.project).values_list("pk", flat=True)[30:])
    advance(fresh(cast), settled)
    people_say(cast, 30)
    finish(labeler)
    assert set(Item.objects.filter(pk__in=settled).values_list("stage", flat=True)) == {Stage.SETTLED}


def test_only_current_blind_answers_of_people_count(cast: Cast) -> None:
    labeler = voted(cast, 60)
    people_say(cast, 30, blind=False)
    finish(labeler)
    assert Calibration.objects.get().method == UNFITTED
    seen = people_say(cast, LEAST_ANSWERS)
    Annotation.objects.human().filter(item__in=seen[:5]).update(superseded_at="2026-01-01T00:00Z")
    finish(labeler)
    assert Calibration.objects.get().method == UNFITTED
    people_say(cast, 10)
    finish(labeler)
    fitted = Calibration.objects.exclude(method=UNFITTED).get()
    assert fitted.answers == LEAST_ANSWERS + 5


def test_a_judges_advice_and_other_models_are_no_evidence(cast: Cast) -> None:
    labeler = voted(cast, 40)
    other = Annotator.objects.get(labeler__name="Judge", project=cast.project)
    pks = list(Item.objects.filter(project=cast.project).values_list("pk", flat=True))
    Annotation.objects.bulk_create(vote(other, pk, "refund", advice=True) for pk in pks)
    people_say(cast, 5)
    finish(labeler)
    assert Calibration.objects.get().answers == 5
    assert other.labeler_id not in find_due_calibrations()


def test_hidden_check_answers_do_not_leak(cast: Cast) -> None:
    """Gold says the opposite of what people say, and of items that nobody answered it says a lot."""
    labeler = voted(cast, 60, sure=0.9)
    Item.objects.filter(project=cast.project).update(gold={"intent": "other"})
    people_say(cast, 30, accuracy=1.0)
    finish(labeler)
    fitted = Calibration.objects.get()
    assert fitted.answers == 30
    assert {each["accuracy"] for each in fitted.metrics["before"]["bins"]} == {1.0}


def test_a_model_that_learned_from_an_answer_is_not_measured_on_it(cast: Cast) -> None:
    """Trained labelers vote again after each training: what counts is what they said before."""
    labeler = voted(cast, 10, sure=0.9)
    annotator = labeler.annotator
    Checkpoint.objects.create(labeler=labeler, number=1, weights=b"", digest="x")
    pks = people_say(cast, 5, accuracy=0.0)
    Annotation.objects.filter(annotator=annotator, item__in=pks).update(superseded_at="2026-01-01T00:00Z")
    Annotation.objects.bulk_create(vote(annotator, pk, "delivery", {"delivery": 1.0}) for pk in pks)
    pairs = blind_pairs(cast.project.pk, [annotator.pk])[annotator.pk]
    assert [(pair.item, pair.answers["intent"]) for pair in pairs] == [(pk, "refund") for pk in sorted(pks)]


def test_it_waits_for_a_good_share_of_new_answers(cast: Cast) -> None:
    labeler = voted(cast, 400)
    assert find_due_calibrations() == [], "nobody has answered"
    people_say(cast, 200)
    assert find_due_calibrations() == [labeler.pk]
    finish(labeler)
    assert find_due_calibrations() == []
    people_say(cast, 39)
    assert find_due_calibrations() == []
    people_say(cast, 1)
    assert find_due_calibrations() == [labeler.pk]


def test_a_fit_that_is_not_due_changes_nothing(cast: Cast) -> None:
    labeler = voted(cast, 40)
    people_say(cast, 30)
    finish(labeler)
    before = list(Calibration.objects.values())
    assert calibrate(labeler.pk) is False
    assert calibrate(0) is False
    assert list(Calibration.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_fit_once(cast: Cast) -> None:
    labeler = voted(cast, 60)
    people_say(cast, 30)
    together([lambda: finish(labeler)] * 6)
    finish(labeler)
    fitted = Calibration.objects.get()
    assert "next_item" not in fitted.parameters
    assert Event.objects.filter(verb=Verb.CALIBRATED).count() == 1


def test_one_that_died_between_two_batches_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrating, "READVANCE", 5)
    labeler = voted(cast, 50, sure=0.98)
    people_say(cast, 30)
    assert calibrate(labeler.pk)
    assert calibrate(labeler.pk)
    assert find_due_calibrations() == [labeler.pk]
    finish(labeler)
    assert not Consensus.objects.filter(posterior__gt=0.9, item__project=cast.project, votes=1).exists()


def test_advancing_asks_for_calibrations_only_where_there_are_some(cast: Cast) -> None:
    labeler = voted(cast, 40)
    pks = list(Item.objects.filter(project=cast.project).values_list("pk", flat=True))

    def asked_for_calibrations() -> int:
        with CaptureQueriesContext(connection) as asked:
            advance(fresh(cast), pks)
        return sum(query["sql"].startswith('SELECT DISTINCT ON ("annotation_calibration"') for query in asked)

    assert asked_for_calibrations() == 0
    people_say(cast, 30)
    finish(labeler)
    assert asked_for_calibrations() == 1


def test_a_sweep_reads_no_project_whole(cast: Cast) -> None:
    """The rows that PostgreSQL reads to see that nothing is due do not grow with items, votes and old answers."""
    labeler = voted(cast, 3_000)
    people_say(cast, 1_500)
    finish(labeler)
    assert find_due_calibrations() == []
    people_say(cast, 20)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # A table of a hundred pages is read whole as cheaply as by index; one of a million is not.
        cursor.execute("SET LOCAL enable_seqscan = off")
        parameters = {"fresh": calibrating.FRESH, "growth": calibrating.GROWTH, "labeler": None}
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + calibrating.DUE, parameters)
        [[[plan]]] = [cursor.fetchone()]
    assert rows_read(plan["Plan"]) < 200, plan


def test_a_calibration_reads_the_newest_answers_only(cast: Cast) -> None:
    labeler = voted(cast, 30)
    people_say(cast, 30)
    pairs = blind_pairs(cast.project.pk, [labeler.annotator.pk], newest=10)[labeler.annotator.pk]
    newest = sorted(Annotation.objects.human().order_by("-pk").values_list("item_id", flat=True)[:10])
    assert [pair.item for pair in pairs] == newest
