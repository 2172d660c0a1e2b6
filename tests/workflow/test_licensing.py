"""Models settle items alone only while blind audits prove that they may."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Annotator, Consensus, DecidedBy, Item, Labeler, Project, Stage
from annotation.workflow import licensing
from annotation.workflow.advancing import advance
from annotation.workflow.annotating import submit
from annotation.workflow.licensing import audit_record, refresh_licence, refresh_licences
from annotation.workflow.queueing import claim
from annotation.workflow.reviewing import resolve
from annotation.workflow.storing import store_items
from tests.cast import Cast
from tests.workflow.test_storing import item as imported

ENOUGH = 59  # all right, of 59: the 95 % bound reaches 95 %


def modelled(cast: Cast, count: int, *, audit_share: float, sure: float = 0.96) -> list[Item]:
    """Items on which a model says “refund”, all of them audited or none."""
    cast.policy(min_human=0, audit_share=audit_share, accept_threshold=0.9)
    texts = [f"{'audited' if audit_share else 'plain'} {number}" for number in range(count)]
    pks = list(store_items(cast.project, [imported(text, line) for line, text in enumerate(texts)]).values())
    labeler, _ = Labeler.objects.get_or_create(project=cast.project, name="m", kind="imported", active=False)
    annotator, _ = Annotator.objects.get_or_create(project=cast.project, kind="model", name="m", labeler=labeler)
    rest = (1 - sure) / 2
    Annotation.objects.bulk_create(
        Annotation(
            project=cast.project,
            item_id=pk,
            annotator=annotator,
            answers={"intent": "refund"},
            distribution={"intent": {"refund": sure, "delivery": rest, "other": rest}},
            schema_version=1,
        )
        for pk in pks
    )
    advance(fresh(cast), pks)
    return list(Item.objects.filter(pk__in=pks))


def fresh(cast: Cast) -> Project:
    return Project.objects.get(pk=cast.project.pk)


def answer_audits(cast: Cast, count: int, intent: str = "refund") -> None:
    """People answer `count` audited items; the others are kept out of the queue meanwhile."""
    annotator = cast.as_annotator(cast.annotator)
    plain = Item.objects.filter(project=cast.project, audit=False)
    plain.update(slots=0)
    for _ in range(count):
        lease = claim(annotator)
        assert lease is not None
        assert lease.item.audit
        submit(assignment=lease, answers={"intent": intent})
    plain.update(slots=1)


def stages(cast: Cast, *, audit: bool) -> set[str]:
    return set(Item.objects.filter(project=cast.project, audit=audit).values_list("stage", flat=True))


def test_nothing_settles_before_the_audits_prove_it_and_everything_sure_does_after(cast: Cast) -> None:
    modelled(cast, ENOUGH + 5, audit_share=1.0)
    modelled(cast, 20, audit_share=0.0)
    answer_audits(cast, ENOUGH - 1)
    assert refresh_licence(cast.project) is False
    assert stages(cast, audit=False) == {Stage.HUMAN}
    answer_audits(cast, 1)
    assert audit_record(fresh(cast)) == (ENOUGH, ENOUGH)
    refresh_licences()
    assert fresh(cast).licensed
    assert stages(cast, audit=False) == {Stage.SETTLED}
    decided = Consensus.objects.filter(item__project=cast.project, item__audit=False)
    assert set(decided.values_list("decided_by", flat=True)) == {DecidedBy.MODEL}
    assert Stage.HUMAN in stages(cast, audit=True), "audited items always go to people"


def test_a_licence_that_the_audits_no_longer_support_is_revoked_and_items_go_back(cast: Cast) -> None:
    modelled(cast, ENOUGH + 5, audit_share=1.0)
    modelled(cast, 5, audit_share=0.0)
    answer_audits(cast, ENOUGH)
    assert refresh_licence(cast.project)
    answer_audits(cast, 3, "other")
    assert not refresh_licence(cast.project)
    assert not fresh(cast).licensed
    assert stages(cast, audit=False) == {Stage.HUMAN}


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
