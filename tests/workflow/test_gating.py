"""People look at a sample of what a recipe made; what they find decides about the rest."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.aggregation.vouching import is_proven, sample_size
from annotation.models import Candidate, Event, Fate, Item, JobState, Source, Stage, SynthesisRun, Verb, Vetting
from annotation.reports.strata import Stratum, strata_of
from annotation.reports.synthesis import reviewed_of
from annotation.workflow.changing_many import change_now, undo_change
from annotation.workflow.errors import Refused
from annotation.workflow.gating import accept_stratum, draw_samples, open_unproven
from annotation.workflow.queueing import claim
from annotation.workflow.reshaping import change_questions, reshape_answers
from annotation.workflow.reshaping import undo_change as undo_questions
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TARGET = 0.5
OPERATION = "synonyms"
LABEL = '{"intent": "refund"}'


@pytest.fixture
def run(cast: Cast) -> SynthesisRun:
    """Over, with twelve items that were made to be about refunds and three about deliveries."""
    cast.policy(target_accuracy=TARGET)
    made = SynthesisRun.objects.create(
        project=cast.project,
        recipe="eda",
        recipe_version=1,
        schema_version=1,
        drawn={"seeds": [], "documents": []},
        state=JobState.DONE,
    )
    texts = {f"money {number}": "refund" for number in range(12)} | {
        f"parcel {number}": "delivery" for number in range(3)
    }
    for number, item in enumerate(cast.add(*texts)):
        Item.objects.filter(pk=item.pk).update(source=Source.RECIPE)
        answers = {"intent": texts[item.fields["text"]]}
        Candidate.objects.create(
            run=made, number=number, fate=Fate.KEPT, operation=OPERATION, item=item, fields=item.fields, answers=answers
        )
    draw_samples(made.pk)
    return made


def group(run: SynthesisRun) -> Stratum:
    return next(each for each in strata_of([run.pk]) if each.label == LABEL)


def answer_all(cast: Cast, say: Any) -> int:
    """The annotator answers whatever the queue holds; how many."""
    count = 0
    while (lease := claim(cast.as_annotator(cast.annotator))) is not None:
        count += 1
        cast.answer_lease(lease, say(lease.item.fields["text"]))
    return count


def intended(text: str) -> str:
    return "refund" if text.startswith("money") else "delivery"


def test_a_sample_is_as_large_as_a_proof_with_one_miss_needs() -> None:
    for target in (0.5, 0.9, 0.95):
        size = sample_size(target)
        assert is_proven(size - 1, size, target)
        assert not is_proven(size - 2, size - 1, target)
    assert not is_proven(0, 0, 0.5)
    assert sample_size(0.999) == 500


def test_only_the_sample_is_given_to_people_and_the_rest_waits_until_it_is_accepted(
    cast: Cast, run: SynthesisRun
) -> None:
    size = sample_size(TARGET)
    found = group(run)
    assert (found.items, found.sampled, found.pending, found.waiting) == (12, size, size, 12 - size)
    with pytest.raises(Refused, match="still to be decided"):
        accept_stratum(run, operation=OPERATION, label=LABEL, user=cast.lead)
    cast.policy(overlap=2)
    cast.policy(overlap=1)
    # A new overlap opens nothing; the small group is its own sample.
    assert answer_all(cast, intended) == size + 3
    found = group(run)
    assert (found.pending, found.tried, found.hits) == (0, size, size)
    assert found.validity is not None and found.validity[0] == 1 and TARGET < found.validity[1] < 1
    open_unproven()
    assert group(run).waiting == 12 - size, "what is proven waits for a manager's word"

    change = accept_stratum(run, operation=OPERATION, label=LABEL, user=cast.lead)
    change_now(change)
    found = group(run)
    assert (found.accepted, found.waiting, found.checked) == (12 - size, 0, size), "nobody looked at what was accepted"
    accepted = Item.objects.filter(candidate__vetting=Vetting.ACCEPTED)
    assert {(item.stage, item.consensus.get().value) for item in accepted} == {(Stage.SETTLED, "refund")}
    assert reviewed_of(run) == (size + 3, size + 3, size + 3)
    told = Event.objects.filter(verb=Verb.RESOLVED, item__in=accepted).first()
    assert told is not None and f"{size} of {size}" in told.data["comment"]

    undo_change(change, user=cast.lead)
    change_now(change)
    assert (group(run).waiting, claim(cast.as_annotator(cast.annotator))) == (12 - size, None)
    assert not Item.objects.filter(candidate__vetting=Vetting.WAITING, stage=Stage.SETTLED).exists()


def test_a_group_whose_labels_are_wrong_too_often_is_opened_to_people(cast: Cast, run: SynthesisRun) -> None:
    size = sample_size(TARGET)
    answer_all(cast, lambda text: "other")
    found = group(run)
    assert (found.tried, found.hits) == (size, 0)
    with pytest.raises(Refused, match="too few to vouch"):
        accept_stratum(run, operation=OPERATION, label=LABEL, user=cast.lead)
    open_unproven()
    assert answer_all(cast, intended) == 12 - size
    found = group(run)
    assert (found.waiting, found.checked, found.right) == (0, 12, 12 - size)
    assert (found.tried, found.hits) == (size, 0)
    # A run that ends a second time draws nothing anew, and what it made since joins its group.
    draw_samples(run.pk)
    assert group(run).sampled == size


def test_what_somebody_holds_or_was_rewritten_is_not_taken_on_trust(cast: Cast, run: SynthesisRun) -> None:
    answer_all(cast, intended)
    waiting = Item.objects.filter(candidate__vetting=Vetting.WAITING).order_by("pk")
    rewritten = waiting[0]
    Item.objects.filter(pk=rewritten.pk).update(fields={"text": "something else"})
    change = accept_stratum(run, operation=OPERATION, label=LABEL, user=cast.lead)
    change_now(change)
    change.refresh_from_db()
    assert (change.done, change.skipped) == (12 - sample_size(TARGET) - 1, 1)
    rewritten.refresh_from_db()
    assert (rewritten.stage, rewritten.candidate.vetting) == (Stage.NEW, Vetting.WAITING)


def test_groups_follow_when_their_options_are_merged_and_are_opened_when_these_are_gone(
    cast: Cast, run: SynthesisRun
) -> None:
    def intended() -> list[tuple[int, Any, str]]:
        return list(Candidate.objects.order_by("pk").values_list("pk", "answers", "label"))

    before = intended()
    options = {"kind": "merge_options", "options": ["refund", "delivery"], "into": {"value": "order"}}
    merged = change_questions(cast.project, {"question": "intent", **options}, user=cast.lead)
    reshape_answers(merged.pk)
    [found] = strata_of([run.pk])
    assert (found.answers, found.items) == ({"intent": "order"}, 15)
    assert {answers["intent"] for _pk, answers, _label in intended()} == {"order"}
    reshape_answers(undo_questions(merged, user=cast.lead).pk)
    assert intended() == before

    split = {"kind": "split_option", "question": "intent", "option": "refund", "into": ["money", "voucher"]}
    reshape_answers(change_questions(cast.project, split, user=cast.lead).pk)
    open_unproven()
    gone, delivery = strata_of([run.pk])
    assert (gone.answers, gone.items, gone.waiting) == ({}, 12, 0), "no sample can vouch for what they were to be"
    assert (delivery.answers, delivery.items) == ({"intent": "delivery"}, 3)
