"""The annotators are fitted as votes come in, and items feel it whose outcome that changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from annotation.aggregation.dawid_skene import log_joint
from annotation.aggregation.fitted import Matrices
from annotation.aggregation.tallying import normalised, said
from annotation.models import (
    Annotation,
    Annotator,
    Consensus,
    Event,
    Fit,
    Fitting,
    Item,
    JobState,
    Project,
    Verb,
)
from annotation.tasks import fit_votes as fit_votes_task
from annotation.workflow.advancing import advance
from annotation.workflow.crowds import crowd_of, kinds, known_answers, read_columns
from annotation.workflow.errors import JobActive
from annotation.workflow.fitting import (
    BATCH,
    LEAST,
    find_stalled_fittings,
    fit_votes,
    request_due_fittings,
    request_fitting,
)
from annotation.workflow.fusing import fits_of
from annotation.workflow.reviewing import resolve
from annotation.workflow.storing import store_items
from tests.cast import OPTIONS, Cast
from tests.threads import together
from tests.waiting import eventually
from tests.workers import Workers
from tests.workflow.test_storing import item as imported

# How often each of the crowd is right: three who are mostly, and two who guess.
CROWD = {"good": 0.9, "fine": 0.85, "fair": 0.8, "guess": 0.34, "chance": 0.34}


def crowded(cast: Cast, count: int, *, crowd: dict[str, float] = CROWD, slots: int = 0) -> list[str]:
    """`count` items that the whole crowd answered; what is right of each, in the order of their ids."""
    draw = random.Random(count)
    cast.policy(overlap=slots or len(crowd), min_human=slots or 2, accept_threshold=0.9)
    with transaction.atomic():
        pks = list(store_items(cast.project, [imported(f"text {line}", line) for line in range(count)]).values())
    truth = [draw.choice(OPTIONS) for _ in pks]
    for name, accuracy in crowd.items():
        annotator, _ = Annotator.objects.get_or_create(project=cast.project, kind="human", name=name)
        Annotation.objects.bulk_create(
            Annotation(
                project=cast.project,
                item_id=pk,
                annotator=annotator,
                answers={"intent": answer if draw.random() < accuracy else draw.choice(OPTIONS)},
                schema_version=1,
            )
            for pk, answer in zip(pks, truth, strict=True)
        )
    Item.objects.filter(pk__in=pks).update(taken=len(crowd), slots=slots or len(crowd))
    advance(fresh(cast), pks)
    return truth


def fresh(cast: Cast) -> Project:
    return Project.objects.get(pk=cast.project.pk)


def fit(cast: Cast) -> Fitting:
    fitting_row = request_fitting(fresh(cast), user=cast.lead)
    fit_votes(fitting_row.pk)
    fitting_row.refresh_from_db()
    return fitting_row


def right(cast: Cast, truth: Sequence[str]) -> float:
    values = Consensus.objects.filter(project=cast.project).order_by("item").values_list("value", flat=True)
    return float(np.mean([value == answer for value, answer in zip(values, truth, strict=True)]))


def test_a_fit_hears_those_who_are_right_and_moves_only_what_it_changes(cast: Cast) -> None:
    truth = crowded(cast, 200)
    before = dict(Consensus.objects.values_list("item", "updated_at"))
    accuracy = right(cast, truth)
    row = fit(cast)
    assert (row.state, row.done, row.total) == (JobState.DONE, 200, 200)
    assert right(cast, truth) > accuracy
    learned = Fit.objects.get(fitting=row)
    assert (learned.method, learned.votes, learned.items) == ("anchored", 1000, 200)
    accuracies = {
        name: learned.accuracies[str(pk)] for pk, name in Annotator.objects.values_list("pk", "name") if name in CROWD
    }
    # Who does not know says something all the same, and is right a third of the time.
    assert all(abs(accuracies[name] - (share + (1 - share) / 3)) < 0.12 for name, share in CROWD.items()), accuracies
    moved = {item for item, at in Consensus.objects.values_list("item", "updated_at") if at != before[item]}
    assert len(moved) == row.changed < 200
    assert set(Consensus.objects.filter(item__in=moved).values_list("method", flat=True)) == {"anchored"}
    assert Event.objects.filter(project=cast.project, verb=Verb.FITTED, user=cast.lead).count() == 1


def test_a_new_vote_counts_as_it_would_in_a_fit_of_all_items(cast: Cast) -> None:
    """Incremental equals batch: the posterior by the stored matrices is that of one E-step over the whole crowd."""
    crowded(cast, 60, slots=7)
    fit(cast)
    item = cast.answer(cast.annotator, "refund")
    project = fresh(cast)
    (question,) = project.question_list
    known = known_answers(project)["intent"]
    columns = read_columns(project, question, question.values, known=known)
    crowd, ids = crowd_of(
        columns, {value: place for place, value in enumerate(question.values)}, question, set(kinds(project))
    )
    knowledge = fits_of(project)["intent"]
    assert isinstance(knowledge, Matrices)
    confusion = np.stack([knowledge.confusion.get(int(pk), knowledge.people)[0] for pk in ids])
    posteriors, _ = normalised(log_joint(said(crowd), knowledge.prior[0], confusion**knowledge.sharpness))
    batch = dict(zip(np.unique(columns.items).tolist(), posteriors, strict=True))
    now = Consensus.objects.get(item=item)
    assert now.votes == 6
    assert [now.distribution[value] for value in question.values] == pytest.approx(batch[item.pk], abs=1e-5)
    pks = list(Item.objects.filter(project=project).values_list("pk", flat=True))
    advance(project, pks)
    for row in Consensus.objects.filter(project=project):
        assert [row.distribution[value] for value in question.values] == pytest.approx(batch[row.item_id], abs=1e-5)


def test_few_votes_are_a_majority_and_the_fit_says_why(cast: Cast) -> None:
    crowded(cast, 10, crowd={"good": 1.0, "fine": 1.0, "guess": 0.0})
    before = list(Consensus.objects.order_by("pk").values())
    row = fit(cast)
    learned = Fit.objects.get(fitting=row)
    assert (row.state, row.total, learned.method) == (JobState.DONE, 0, "majority")
    assert learned.reason == ("Too little to go by: 10 of 50 items with answers of two people, 0 of 30 known answers.")
    assert list(Consensus.objects.order_by("pk").values()) == before
    assert {round(row["posterior"], 9) for row in before} <= {1.0, 0.666666667}


def test_a_fit_is_due_when_votes_have_grown_and_never_twice_at_once(cast: Cast) -> None:
    crowded(cast, LEAST // 5 - 1)
    request_due_fittings()
    assert not Fitting.objects.exists()
    item = Item.objects.filter(project=cast.project).order_by("-pk")[0]
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    for _ in range(5):
        (extra,) = cast.add(f"more {_}")
        resolve(item=extra, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    request_due_fittings()
    request_due_fittings()
    row = Fitting.objects.get()
    with pytest.raises(JobActive):
        request_fitting(fresh(cast), user=cast.lead)
    fit_votes(row.pk)
    request_due_fittings()
    Fitting.objects.update(created_at=Now() - timedelta(hours=1))
    request_due_fittings()
    assert Fitting.objects.count() == 1, "nothing has come since"
    cast.policy(fusion="majority")
    assert Fitting.objects.filter(state=JobState.PENDING).count() == 1, "another policy is fitted at once"


def test_what_a_reviewer_decided_stands_and_who_weighs_nothing_is_not_heard(cast: Cast) -> None:
    truth = crowded(cast, 120)
    item = Item.objects.filter(project=cast.project).order_by("pk")[0]
    wrong = next(option for option in OPTIONS if option != truth[0])
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": wrong}, version=item.version)
    Annotator.objects.filter(project=cast.project, name="good").update(weight=0)
    learned = Fit.objects.get(fitting=fit(cast))
    decided = Consensus.objects.get(item=item)
    assert (decided.value, decided.method, decided.posterior) == (wrong, "resolution", 1.0)
    assert (learned.votes, learned.known) == (480, 1)
    names = set(Annotator.objects.filter(pk__in=[int(pk) for pk in learned.accuracies]).values_list("name", flat=True))
    assert names == set(CROWD) - {"good"}


def test_known_answers_teach_but_are_no_votes_and_audits_teach_nothing_where_they_examine(cast: Cast) -> None:
    truth = crowded(cast, 80)
    items = list(Item.objects.filter(project=cast.project).order_by("pk"))
    alike = Consensus.objects.filter(project=cast.project, posterior=1.0, value="refund").values_list("item", flat=True)
    told, *rest = alike
    for item, answer in zip(items[:10], truth, strict=False):
        Item.objects.filter(pk=item.pk).update(gold={"intent": answer})
    Item.objects.filter(pk=told).update(gold={"intent": "other"})
    learned = Fit.objects.get(fitting=fit(cast))
    assert learned.known == Item.objects.filter(project=cast.project, gold__isnull=False).count()
    advance(fresh(cast), [told, *rest])
    outcomes = Consensus.objects.filter(item__in=[told, *rest]).values_list("value", "posterior")
    assert len({(value, round(posterior, 9)) for value, posterior in outcomes}) == 1, "a known answer is not given away"
    Item.objects.filter(pk__in=[item.pk for item in items[20:40]]).update(audit=True)
    cast.policy(min_human=0)
    assert Fit.objects.get(fitting=fit(cast)).items == 60


def test_the_queue_begins_where_a_vote_tells_most(cast: Cast) -> None:
    crowded(cast, 60, crowd={"good": 0.9, "fine": 0.85, "fair": 0.8}, slots=4)
    cast.add("untouched")
    fit(cast)
    worth = {row.item_id: max(row.distribution.values()) for row in Consensus.objects.filter(project=cast.project)}
    waiting = Item.objects.filter(project=cast.project).open().order_by("-priority", "pk")
    queue = list(waiting.values_list("pk", flat=True))
    order = [pk for pk in queue if pk in worth]
    untouched = Item.objects.get(fields__text="untouched").pk
    assert worth[order[0]] == min(worth.values()) < max(worth.values()) == worth[order[-1]]
    assert queue[0] == untouched, "a first vote tells more than a fourth"
    assert [cast.answer(cast.annotator, "other").pk for _ in range(3)] == queue[:3]


def test_an_answer_asks_the_database_no_more_for_being_fused(cast: Cast) -> None:
    crowded(cast, 60, slots=9)

    def queries(user: str) -> int:
        lease = cast.claim(getattr(cast, user))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            cast.answer_lease(lease, "refund")
        return len(asked)

    plain = queries("annotator")
    fit(cast)
    fits_of(fresh(cast))
    assert queries("second") == plain


def test_a_killed_fit_goes_on_and_five_messages_have_one_effect(
    cast: Cast, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J5, and kill -9 while items follow."""
    crowded(cast, 2 * BATCH + 100, crowd={"good": 0.9, "fine": 0.8, "guess": 0.34})
    monkeypatch.setenv("SYNTHWEB_LEASE_SECONDS", "2")
    row = request_fitting(fresh(cast), user=cast.lead)
    items = list(Item.objects.filter(project=cast.project).order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        # The worker waits for this item in its third batch; there it dies.
        Item.objects.select_for_update().get(pk=items[-1])
        worker = workers.start(queues=["default"])
        fit_votes_task.delay(row.pk)
        eventually(lambda: Fitting.objects.get(pk=row.pk).checkpoint == items[2 * BATCH - 1], timeout=60)
        worker.kill()
    row.refresh_from_db()
    assert (row.state, row.done) == (JobState.RUNNING, 2 * BATCH)
    changed = row.changed
    eventually(lambda: row.pk in find_stalled_fittings(), timeout=20)
    together([partial(fit_votes, row.pk)] * 5)
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == (JobState.DONE, len(items), len(items))
    assert Fit.objects.filter(fitting=row).count() == 1
    assert Event.objects.filter(project=cast.project, verb=Verb.FITTED).count() == 1
    assert row.changed >= changed
    before = list(Consensus.objects.order_by("pk").values("value", "posterior", "updated_at"))
    fit_votes(row.pk)
    assert list(Consensus.objects.order_by("pk").values("value", "posterior", "updated_at")) == before
    # What was not advanced would not have come out otherwise.
    values = dict(Consensus.objects.values_list("item", "value"))
    advance(fresh(cast), items)
    assert dict(Consensus.objects.values_list("item", "value")) == values
