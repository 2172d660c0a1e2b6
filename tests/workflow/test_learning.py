"""Labelers that learn while people answer, with the real encoder and the real database."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from annotation.models import Annotation, Checkpoint, Item, Labeler, Run, Stage
from annotation.workflow.annotating import submit
from annotation.workflow.embedding import open_vectors
from annotation.workflow.enlisting import add_labeler, retire_labeler
from annotation.workflow.learning import find_learners, learn_from_answers
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.runs import finish
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

# Two of the options are not what their names say, so there is something to learn from people.
TEXTS = {
    "refund": ["I want my money back", "Please refund the {} I returned", "When do I get the {} refunded?"],
    "delivery": ["Do you sell a {}?", "Which colours does the {} come in?", "I like the new {}"],
    "other": ["Where is the parcel with the {}?", "The {} has not arrived", "The courier lost my {}"],
}
THINGS = ["helmet", "tent", "saddle", "lamp", "jacket", "bottle", "lock", "pump"]


def fill(cast: Cast) -> dict[str, str]:
    """Text → what it is about."""
    about = {
        pattern.format(thing) + f" ({thing})": intent
        for intent, patterns in TEXTS.items()
        for pattern in patterns
        for thing in THINGS
    }
    cast.add(*about)
    return about


def started(cast: Cast) -> Labeler:
    labeler = add_labeler(cast.project, name="Learner", kind="trained", config={})
    finish(start_run(labeler))
    return labeler


def answer(cast: Cast, about: dict[str, str], count: int) -> None:
    for _ in range(count):
        lease = cast.claim(cast.annotator)
        submit(assignment=lease, answers={"intent": about[lease.item.fields["text"]]})


def right(labeler: Labeler, about: dict[str, str]) -> float:
    """The share of its votes on open items that say what people would."""
    votes = Annotation.objects.votes().filter(annotator=labeler.annotator, item__stage=Stage.HUMAN)
    votes = votes.select_related("item")
    return float(np.mean([vote.answers["intent"] == about[vote.item.fields["text"]] for vote in votes]))


def test_a_run_before_any_answer_votes_by_the_options_names(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    (checkpoint,) = Checkpoint.objects.filter(labeler=labeler)
    assert (checkpoint.number, checkpoint.answers, checkpoint.metrics) == (1, 0, {})
    assert Run.objects.get(labeler=labeler).checkpoint == checkpoint
    assert Annotation.objects.votes().filter(annotator=labeler.annotator).count() == len(about)
    assert not Item.objects.filter(project=cast.project, embedding=None).exists()
    assert find_learners() == [], "nothing new to learn"


def test_it_learns_from_answers_and_votes_anew_where_it_changed_its_mind(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    assert right(labeler, about) < 0.5
    answer(cast, about, 12)
    assert find_learners() == [labeler.pk]
    learn_from_answers(labeler.pk)
    newest = Checkpoint.objects.get(labeler=labeler, number=2)
    assert (newest.answers, newest.metrics) == (12, {}), "no audit was answered, so there is no fair figure"
    assert newest.applied_at is not None
    again = finish(Run.objects.filter(labeler=labeler).latest("pk"))
    assert again.checkpoint == newest
    assert 0 < again.total <= len(about) - 12, "answered items are settled and stay as they are"
    assert find_learners() == []
    answer(cast, about, 12)
    learn_from_answers(labeler.pk)
    finish(Run.objects.filter(labeler=labeler).latest("pk"))
    assert right(labeler, about) > 0.9, "24 answers where they teach most"


def test_the_queue_is_in_the_order_of_doubt_after_learning(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 36)
    learn_from_answers(labeler.pk)
    finish(Run.objects.filter(labeler=labeler).latest("pk"))
    waiting = Item.objects.filter(project=cast.project).open().order_by("-priority")
    votes = dict(Annotation.objects.votes().filter(annotator=labeler.annotator).values_list("item_id", "confidence"))
    sure = [votes[item.pk] for item in waiting]
    third = len(sure) // 3
    assert np.mean(sure[:third]) < np.mean(sure[-third:])
    assert cast.claim(cast.second).item == waiting[0], "whoever is at work gets the best item next"


def test_audited_items_keep_their_share_of_the_queue_and_the_order_of_chance(cast: Cast) -> None:
    about = fill(cast)
    every_fourth = list(cast.project.items.order_by("pk").values_list("pk", flat=True))[::4]
    Item.objects.filter(pk__in=every_fourth).update(audit=True)
    labeler = started(cast)
    answer(cast, about, 12)
    learn_from_answers(labeler.pk)
    audits = Item.objects.filter(project=cast.project, audit=True).open().order_by("-priority")
    first = list(audits.values_list("pk", flat=True))
    answer(cast, about, 12)
    learn_from_answers(labeler.pk)
    later = list(audits.values_list("pk", flat=True))
    assert len(first) - len(later) == pytest.approx(3, abs=1), "a fourth of twelve answers"
    assert later == first[len(first) - len(later) :]
    metrics = Checkpoint.objects.filter(labeler=labeler).latest("number").metrics
    assert metrics["intent"]["answers"] == len(every_fourth) - len(later)


def test_a_few_answers_wait_for_more(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 3)
    assert find_learners() == []
    Annotation.objects.update(created_at="2020-01-01T00:00Z")
    assert find_learners() == [labeler.pk], "nobody has answered for a while, so what there is is learned"


def test_it_never_sees_the_gold_of_hidden_checks(cast: Cast) -> None:
    about = fill(cast)
    Item.objects.filter(project=cast.project).update(gold={"intent": "other"})
    labeler = started(cast)
    for _ in range(2):
        answer(cast, about, 12)
        learn_from_answers(labeler.pk)
        finish(Run.objects.filter(labeler=labeler).latest("pk"))
    assert right(labeler, about) > 0.9, "not all “other”, as the gold says"


def test_two_workers_train_once(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 12)
    together([lambda: learn_from_answers(labeler.pk)] * 2)
    learn_from_answers(labeler.pk)
    assert Checkpoint.objects.filter(labeler=labeler).count() == 2


def test_a_retired_labeler_learns_no_more(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 12)
    retire_labeler(labeler)
    assert find_learners() == []
    learn_from_answers(labeler.pk)
    assert Checkpoint.objects.filter(labeler=labeler).count() == 1


def test_what_was_learned_during_a_run_takes_effect_after_it(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 12)
    cast.add("Is my refund for the kayak on its way?")
    meanwhile = start_run(labeler)
    learn_from_answers(labeler.pk)
    newest = Checkpoint.objects.get(labeler=labeler, number=2)
    assert newest.applied_at is None
    finish(meanwhile)
    assert find_learners() == [labeler.pk]
    learn_from_answers(labeler.pk)
    newest.refresh_from_db()
    assert newest.applied_at is not None


def test_vectors_are_read_whole_in_blocks_of_any_size(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cast)
    started(cast)
    monkeypatch.setattr("annotation.workflow.embedding.BLOCK", 5)
    blocks = list(open_vectors(cast.project))
    assert len(blocks) > 5
    read = {int(pk): vector for ids, vectors in blocks for pk, vector in zip(ids, vectors, strict=True)}
    stored = dict(Item.objects.filter(project=cast.project).values_list("pk", "embedding"))
    assert read.keys() == stored.keys()
    assert all(np.array_equal(read[pk], np.float32(stored[pk])) for pk in stored)


def test_learning_holds_no_lock_afterwards(cast: Cast) -> None:
    about = fill(cast)
    labeler = started(cast)
    answer(cast, about, 12)
    learn_from_answers(labeler.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [0x5EED])
        assert cursor.fetchone() == (0,)
    assert set(Item.objects.filter(project=cast.project).values_list("stage", flat=True)) <= set(Stage.values)


def test_weights_about_other_options_are_learned_anew_when_a_run_begins(cast: Cast) -> None:
    fill(cast)
    labeler = started(cast)
    Checkpoint.objects.filter(labeler=labeler).update(weights=b"of another release")
    cast.add("Is my refund for the kayak on its way?")
    assert finish(start_run(labeler)).checkpoint == Checkpoint.objects.get(labeler=labeler, number=2)
