"""Models settle items alone only while blind audits prove that they may."""

from __future__ import annotations

import pytest

from annotation.aggregation.guarantee import LOOKS, answers_needed
from annotation.models import (
    Annotation,
    Annotator,
    Consensus,
    DecidedBy,
    Event,
    Item,
    Labeler,
    Licence,
    Notification,
    Project,
    Stage,
    Verb,
)
from annotation.workflow import licensing
from annotation.workflow.advancing import advance
from annotation.workflow.annotating import submit
from annotation.workflow.licensing import audits_of, refresh_licence, refresh_licences
from annotation.workflow.queueing import claim
from annotation.workflow.reviewing import resolve
from annotation.workflow.storing import store_items
from tests.cast import OPTIONS, Cast
from tests.workflow.test_storing import item as imported

ENOUGH = answers_needed(0.95, 0.05 / LOOKS)  # all right, of so many: the first look proves 95 %


def modelled(cast: Cast, count: int, *, audit_share: float, sure: float = 0.96, intent: str = "refund") -> list[Item]:
    """Items on which a model says `intent`, all of them audited or none."""
    cast.policy(min_human=0, audit_share=audit_share, accept_threshold=0.9)
    first = Item.objects.filter(project=cast.project).count()
    texts = [f"{'audited' if audit_share else 'plain'} {first + number}" for number in range(count)]
    pks = list(store_items(cast.project, [imported(text, line) for line, text in enumerate(texts)]).values())
    labeler, _ = Labeler.objects.get_or_create(project=cast.project, name="m", kind="imported", active=False)
    annotator, _ = Annotator.objects.get_or_create(project=cast.project, kind="model", name="m", labeler=labeler)
    rest = (1 - sure) / 2
    Annotation.objects.bulk_create(
        Annotation(
            project=cast.project,
            item_id=pk,
            annotator=annotator,
            answers={"intent": intent},
            distribution={"intent": dict.fromkeys(OPTIONS, rest) | {intent: sure}},
            schema_version=1,
        )
        for pk in pks
    )
    advance(fresh(cast), pks)
    return list(Item.objects.filter(pk__in=pks))


def fresh(cast: Cast) -> Project:
    return Project.objects.get(pk=cast.project.pk)


def answer_audits(cast: Cast, count: int, intent: str = "refund", *, among: float | None = None) -> None:
    """A person answers the next `count` audited items; `among` those of which models are so sure."""
    waiting = Item.objects.filter(project=cast.project, audit=True, taken=0).order_by("pk")
    if among is not None:
        waiting = waiting.filter(consensus__posterior__range=(among - 1e-6, among + 1e-6))
    pks = list(waiting.values_list("pk", flat=True)[:count])
    annotator = cast.as_annotator(cast.annotator)
    Annotation.objects.bulk_create(
        Annotation(project=cast.project, item_id=pk, annotator=annotator, answers={"intent": intent}, schema_version=1)
        for pk in pks
    )
    Item.objects.filter(pk__in=pks).update(taken=1)
    advance(fresh(cast), pks)


def answer_by_hand(cast: Cast, intent: str = "refund") -> None:
    """The same for one item, as people do it; the others are kept out of the queue meanwhile."""
    plain = Item.objects.filter(project=cast.project, audit=False)
    plain.update(slots=0)
    lease = claim(cast.as_annotator(cast.annotator))
    assert lease is not None
    assert lease.item.audit
    submit(assignment=lease, answers={"intent": intent})
    plain.update(slots=1)


def audit_record(project: Project) -> tuple[int, int]:
    """(right, audited)"""
    audits = audits_of(project)
    return sum(each.right for each in audits), len(audits)


def stages(cast: Cast, *, audit: bool) -> set[str]:
    return set(Item.objects.filter(project=cast.project, audit=audit).values_list("stage", flat=True))


def test_nothing_settles_before_the_audits_prove_it_and_everything_sure_does_after(cast: Cast) -> None:
    modelled(cast, ENOUGH + 5, audit_share=1.0)
    modelled(cast, 20, audit_share=0.0)
    answer_audits(cast, ENOUGH - 1)
    assert refresh_licence(cast.project) is False
    assert stages(cast, audit=False) == {Stage.HUMAN}
    (standing,) = fresh(cast).licence_standing
    assert (standing["licensed"], standing["audits"], standing["wanted"]) == (False, ENOUGH - 1, 1)
    answer_by_hand(cast)
    assert audit_record(fresh(cast)) == (ENOUGH, ENOUGH)
    refresh_licences()
    assert fresh(cast).licensed
    licence = Licence.objects.get(project=cast.project)
    assert (licence.label, licence.right, licence.accepted, licence.revoked_at) == ("", ENOUGH, ENOUGH, None)
    assert licence.bound > licence.target == 0.95
    assert fresh(cast).licence_thresholds == {"": licence.threshold}
    assert Event.objects.filter(project=cast.project, verb=Verb.LICENSED).count() == 1
    assert stages(cast, audit=False) == {Stage.SETTLED}
    decided = Consensus.objects.filter(item__project=cast.project, item__audit=False)
    assert set(decided.values_list("decided_by", flat=True)) == {DecidedBy.MODEL}
    assert Stage.HUMAN in stages(cast, audit=True), "audited items always go to people"


def test_a_licence_that_the_audits_no_longer_support_is_revoked_and_items_go_back(cast: Cast) -> None:
    modelled(cast, ENOUGH + 5, audit_share=1.0)
    modelled(cast, 5, audit_share=0.0)
    answer_audits(cast, ENOUGH)
    assert refresh_licence(cast.project)
    answer_audits(cast, 5, "other")
    assert not refresh_licence(cast.project)
    assert not fresh(cast).licensed
    licence = Licence.objects.get(project=cast.project)
    assert licence.revoked_at is not None
    assert licence.reason == f"{ENOUGH} of {ENOUGH + 5} audits right prove {licence.bound:.1%} only."
    assert Event.objects.filter(project=cast.project, verb=Verb.LICENCE_REVOKED).count() == 1
    assert stages(cast, audit=False) == {Stage.HUMAN}
    assert not refresh_licence(cast.project), "the same look does not grant it again"
    assert Licence.objects.count() == 1
    told = Notification.objects.filter(project=cast.project).order_by("pk").values_list("user", "kind")
    assert list(told) == [(cast.lead.pk, "licensed"), (cast.lead.pk, "licence_revoked")]


def test_what_a_reviewer_decided_stays_when_a_licence_goes(cast: Cast) -> None:
    modelled(cast, ENOUGH, audit_share=1.0)
    (item, *_) = modelled(cast, 1, audit_share=0.0)
    answer_audits(cast, ENOUGH)
    refresh_licence(cast.project)
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=item.version)
    cast.policy(target_accuracy=0.999)
    assert not refresh_licence(cast.project)
    item.refresh_from_db()
    assert item.stage == Stage.SETTLED


def test_unsure_models_settle_nothing_under_any_licence(cast: Cast) -> None:
    modelled(cast, ENOUGH, audit_share=1.0)
    modelled(cast, 5, audit_share=0.0, sure=0.8)
    answer_audits(cast, ENOUGH)
    assert refresh_licence(cast.project)
    assert stages(cast, audit=False) == {Stage.HUMAN}


def test_a_lead_who_wants_people_again_gets_them(cast: Cast) -> None:
    modelled(cast, ENOUGH, audit_share=1.0)
    modelled(cast, 5, audit_share=0.0)
    answer_audits(cast, ENOUGH)
    refresh_licence(cast.project)
    cast.policy(min_human=1)
    refresh_licences()
    assert stages(cast, audit=False) == {Stage.HUMAN}


def test_an_audited_item_counts_against_the_model_before_it_is_settled(cast: Cast) -> None:
    """Settled items alone would be those where people and model agree: the others wait for a second person."""
    cast.policy(overlap=2)
    modelled(cast, 4, audit_share=1.0)
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.annotator, "other")
    assert item.stage == Stage.HUMAN
    assert audit_record(fresh(cast)) == (1, 2)


def test_answers_given_after_a_suggestion_prove_nothing(cast: Cast) -> None:
    modelled(cast, 2, audit_share=1.0)
    submit(assignment=cast.claim(cast.annotator), answers={"intent": "refund"}, suggestion_seen=True)
    cast.answer(cast.annotator, "refund")
    assert audit_record(fresh(cast)) == (1, 1)


def test_people_who_disagree_prove_nothing_even_where_a_tie_would_fall_the_models_way(cast: Cast) -> None:
    modelled(cast, 1, audit_share=1.0)
    cast.policy(overlap=2)
    cast.answer(cast.annotator, "refund")
    Item.objects.filter(project=cast.project).update(slots=2, stage=Stage.HUMAN)
    cast.answer(cast.second, "other")
    assert audit_record(fresh(cast)) == (0, 1)


def test_of_very_many_audits_the_newest_are_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licensing, "AUDITS", 3)
    modelled(cast, 5, audit_share=1.0)
    answer_audits(cast, 5)
    assert audit_record(fresh(cast)) == (3, 3)


def test_each_answer_needs_a_licence_of_its_own_where_the_lead_says_so(cast: Cast) -> None:
    cast.policy(accept_by_class=True)
    enough = answers_needed(0.95, 0.05 / 3 / LOOKS)
    modelled(cast, enough, audit_share=1.0)
    plain = modelled(cast, 3, audit_share=0.0)
    other = modelled(cast, 1, audit_share=0.0, intent="other")
    answer_audits(cast, enough)
    assert refresh_licence(cast.project)
    assert set(fresh(cast).licence_thresholds) == {"refund"}
    settled = set(
        Item.objects.filter(project=cast.project, stage=Stage.SETTLED, audit=False).values_list("pk", flat=True)
    )
    assert settled == {item.pk for item in plain}
    assert Item.objects.get(pk=other[0].pk).stage == Stage.HUMAN, "nothing is proved of this answer"
    cast.policy(accept_by_class=False)
    assert refresh_licence(cast.project)
    assert set(fresh(cast).licence_thresholds) == {""}
    assert Item.objects.get(pk=other[0].pk).stage == Stage.SETTLED
    revoked = Licence.objects.get(project=cast.project, revoked_at__isnull=False)
    assert (revoked.label, revoked.reason) == ("refund", "The policy asks for another kind of licence.")


def test_a_stricter_licence_sends_back_what_it_would_not_have_let_pass(cast: Cast) -> None:
    modelled(cast, 60, audit_share=1.0, sure=0.99)
    modelled(cast, 38, audit_share=1.0, sure=0.92)
    (loose,) = modelled(cast, 1, audit_share=0.0, sure=0.92)
    (sure,) = modelled(cast, 1, audit_share=0.0, sure=0.99)
    answer_audits(cast, 29, among=0.92)
    answer_audits(cast, 60, among=0.99)
    answer_audits(cast, 9, "other", among=0.92)
    cast.policy(target_accuracy=0.8)
    assert refresh_licence(cast.project)
    assert stages(cast, audit=False) == {Stage.SETTLED}
    cast.policy(target_accuracy=0.9)
    assert refresh_licence(cast.project)
    threshold = fresh(cast).licence_thresholds[""]
    assert 0.92 < threshold <= 0.99
    assert Item.objects.get(pk=loose.pk).stage == Stage.HUMAN
    assert Item.objects.get(pk=sure.pk).stage == Stage.SETTLED
