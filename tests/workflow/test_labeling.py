"""A model annotator at work, chunk by chunk, with a scripted model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from annotation.models import Annotation, Consensus, Event, JobState, Labeler, Piece, Run, RunItem, Stage, Verb
from annotation.workflow import labeling
from annotation.workflow.enlisting import add_labeler, retire_labeler
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.labeling import ATTEMPTS, label_chunk
from annotation.workflow.running import cancel_run, find_stalled_runs, resume_run, start_run
from tests.cast import Cast
from tests.runs import let_leases_lapse, work
from tests.threads import together


def scripted(cast: Cast, *rules: dict[str, Any], **default: Any) -> Labeler:
    script = {"rules": list(rules), "default": default}
    return add_labeler(cast.project, name="Zero", kind="prompted", config={"llm": "scripted", "script": script})


def fill(cast: Cast, count: int) -> None:
    cast.add(*[f"message {number}" for number in range(count)])


def test_a_run_gives_every_open_item_one_vote(cast: Cast) -> None:
    fill(cast, 30)
    labeler = scripted(cast, answer="refund", confidence=0.7)
    run = work(start_run(labeler, user=cast.lead))
    assert (run.state, run.total, run.done, run.failed) == (JobState.DONE, 30, 30, 0)
    assert run.tokens > 0
    vote = Annotation.objects.filter(run=run)[0]
    assert vote.answers == {"intent": "refund"}
    assert vote.confidence == pytest.approx(0.7)
    assert sum(vote.distribution["intent"].values()) == pytest.approx(1)
    assert Annotation.objects.filter(annotator=labeler.annotator).count() == 30
    assert set(cast.project.items.values_list("stage", flat=True)) == {Stage.HUMAN}
    assert Event.objects.filter(verb=Verb.RUN_FINISHED, project=cast.project).count() == 1


def test_a_second_run_asks_only_what_is_new(cast: Cast) -> None:
    fill(cast, 3)
    labeler = scripted(cast, answer="refund")
    work(start_run(labeler))
    cast.add("late")
    run = work(start_run(labeler))
    assert (run.total, run.done) == (1, 1)


def test_settled_items_are_not_asked(cast: Cast) -> None:
    fill(cast, 2)
    cast.answer(cast.annotator, "refund")
    assert start_run(scripted(cast, answer="refund")).total == 1


def test_a_run_over_nothing_is_done_at_once(cast: Cast) -> None:
    assert work(start_run(scripted(cast, answer="refund"))).state == JobState.DONE


def test_a_labeler_works_on_one_run_at_a_time_and_a_retired_one_on_none(cast: Cast) -> None:
    fill(cast, 1)
    labeler = scripted(cast, answer="refund")
    start_run(labeler)
    with pytest.raises(JobActive):
        start_run(labeler)
    retire_labeler(labeler)
    labeler.refresh_from_db()
    with pytest.raises(Refused):
        start_run(labeler)


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ("invalid_json", '{"answer": "unfin'),
        ("refusal", "I'm sorry"),
        ("empty", ""),
        ("unknown_label", "no such option"),
        ("several_labels", '"one", "two"'),
        ("huge", "xxxx"),
    ],
)
def test_a_reply_that_is_no_answer_is_a_recorded_failure_with_what_was_said(cast: Cast, fault: str, kept: str) -> None:
    """L6: nothing is coerced, the others are not touched, and the item goes to people all the same."""
    bad, good = cast.add("bad", "good")
    run = work(start_run(scripted(cast, {"contains": "bad", "fault": fault}, answer="other")))
    assert (run.state, run.done, run.failed) == (JobState.DONE, 1, 1)
    piece = RunItem.objects.get(run=run, item=bad)
    assert piece.state == Piece.FAILED
    assert piece.reason
    assert kept in piece.raw_reply
    assert len(piece.raw_reply) < 30_000
    assert not Annotation.objects.filter(item=bad).exists()
    assert Annotation.objects.get(item=good).answers == {"intent": "other"}
    bad.refresh_from_db()
    assert bad.stage == Stage.NEW


def test_a_fault_that_passes_is_tried_again_and_then_answered(cast: Cast) -> None:
    shaky, _ = cast.add("shaky", "good")
    script = {"contains": "shaky", "fault": "retryable", "times": 1, "retry_after": 120, "answer": "refund"}
    run = work(start_run(scripted(cast, script, answer="other")))
    piece = RunItem.objects.get(run=run, item=shaky)
    assert (run.state, run.done, piece.state) == (JobState.RUNNING, 1, Piece.PENDING)
    waiting = RunItem.objects.filter(pk=piece.pk, leased_until__gt=Now() + timedelta(seconds=100))
    assert waiting.exists(), "Retry-After is honoured"
    let_leases_lapse(run)
    run = work(run)
    assert (run.state, run.done, run.failed) == (JobState.DONE, 2, 0)


def test_a_fault_that_stays_is_given_up_after_three_attempts(cast: Cast) -> None:
    cast.add("shaky", "good")
    run = start_run(scripted(cast, {"contains": "shaky", "fault": "retryable"}, answer="other"))
    for _ in range(ATTEMPTS):
        run = work(run)
        let_leases_lapse(run)
    assert (run.state, run.done, run.failed) == (JobState.DONE, 1, 1)
    assert "out of order" in RunItem.objects.get(run=run, state=Piece.FAILED).reason


def test_an_endpoint_that_is_down_is_left_alone_until_the_sweep(cast: Cast) -> None:
    fill(cast, 50)
    run = start_run(scripted(cast, fault="retryable"))
    assert label_chunk(run.pk) is False
    assert RunItem.objects.filter(run=run, attempts=0).count() == 50 - labeling.FIRST_CHUNK


def test_a_model_that_cannot_be_had_fails_the_run_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cast, 2)
    monkeypatch.setenv("SYNTHWEB_ALLOW_FAULTS", "1")
    labeler = scripted(cast, fault="hang")
    monkeypatch.delenv("SYNTHWEB_ALLOW_FAULTS")
    run = work(start_run(labeler))
    assert run.state == JobState.FAILED
    assert run.error
    assert find_stalled_runs() == []


def test_a_cancelled_run_keeps_its_votes_and_goes_on_when_resumed(cast: Cast) -> None:
    fill(cast, 20)
    run = start_run(scripted(cast, answer="refund"))
    label_chunk(run.pk)
    cancel_run(run)
    assert label_chunk(run.pk) is False
    assert Annotation.objects.filter(run=run).count() == labeling.FIRST_CHUNK
    with pytest.raises(JobActive):
        cancel_run(run)
    resume_run(run)
    with pytest.raises(JobActive):
        resume_run(run)
    run = work(run)
    assert (run.state, run.done) == (JobState.DONE, 20)
    assert Annotation.objects.filter(run=run).count() == 20


def test_resuming_tries_what_failed_again(cast: Cast) -> None:
    cast.add("shaky", "good")
    run = work(start_run(scripted(cast, {"contains": "shaky", "fault": "refusal", "times": 1, "answer": "refund"})))
    assert run.failed == 1
    resume_run(run)
    run = work(run)
    assert (run.done, run.failed) == (2, 0)


def test_what_took_the_worker_down_three_times_is_set_aside(cast: Cast) -> None:
    fill(cast, 3)
    run = start_run(scripted(cast, answer="refund"))
    for _ in range(ATTEMPTS):
        run.refresh_from_db()
        assert labeling._claim(run)
        let_leases_lapse(run)
    run = work(run)
    assert run.state == JobState.DONE
    failed = RunItem.objects.filter(run=run, state=Piece.FAILED)
    assert run.failed == failed.count() == 1
    assert run.done == 2


def test_a_chunk_that_died_comes_back_smaller_and_at_last_one_by_one(cast: Cast) -> None:
    fill(cast, 20)
    run = start_run(scripted(cast, answer="refund"))
    sizes = []
    for _ in range(3):
        RunItem.objects.filter(run=run).update(attempts=len(sizes))
        sizes.append(len(labeling._claim(run)))
        let_leases_lapse(run)
    assert sizes == [labeling.FIRST_CHUNK, labeling.FIRST_CHUNK, 1]


@pytest.mark.django_db(transaction=True)
def test_the_same_message_five_times_at_once_counts_every_vote_once(cast: Cast) -> None:
    fill(cast, 60)
    run = start_run(scripted(cast, answer="refund"))

    def chain() -> None:
        while label_chunk(run.pk):
            pass

    together([chain] * 5)
    run.refresh_from_db()
    assert (run.state, run.done) == (JobState.DONE, 60)
    assert Annotation.objects.filter(project=cast.project).count() == 60
    assert Event.objects.filter(verb=Verb.RUN_FINISHED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_chunk_done_twice_is_stored_once(cast: Cast) -> None:
    """Two workers hold the same pieces (a lease ran out under the slower one); both answer."""
    fill(cast, 8)
    run = start_run(scripted(cast, answer="refund"))
    run = Run.objects.select_related("labeler__annotator", "project").get(pk=run.pk)
    items = labeling._claim(run)
    labeler = labeling.build(run.labeler.kind, run.labeler.config, labeling.brief_of(run))
    results = labeling._ask(run, labeler, items)
    together([lambda: labeling._store(run, results)] * 4)
    run.refresh_from_db()
    assert run.done == 8
    assert Annotation.objects.filter(run=run).count() == 8
    assert set(Consensus.objects.values_list("votes", flat=True)) == {1}


def test_a_new_version_votes_beside_the_old_one(cast: Cast) -> None:
    fill(cast, 1)
    work(start_run(scripted(cast, answer="refund")))
    newer = scripted(cast, answer="other")
    assert newer.version == 2
    work(start_run(newer))
    votes = Annotation.objects.current().values_list("annotator__name", "answers__intent")
    assert sorted(votes) == [("Zero v1", "refund"), ("Zero v2", "other")]
