"""Panels and debates over disputed items: every turn is kept at once, and none is paid for twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from annotation.models import Annotation, Item, JobState, Labeler, Piece, Role, Run, RunItem, Stage, Turn
from annotation.tasks import label_chunk as label_chunk_soon
from annotation.workflow.annotating import submit
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.labeling import label_chunk
from annotation.workflow.people import add_member
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.resolving import resolve_disputes
from annotation.workflow.running import resume_run
from tests.cast import Cast
from tests.endpoints import Answer, Asked, Behaviour, Server, answers
from tests.runs import finish, let_leases_lapse, work
from tests.waiting import eventually
from tests.workers import Workers


def judge(cast: Cast, name: str, **default: Any) -> Labeler:
    config = {"llm": "scripted", "script": {"default": default}}
    return add_labeler(cast.project, name=name, kind="judge", config=config)


def bench(cast: Cast, resolution: str, *said: Any, **policy: Any) -> None:
    """Judges who say these things, in the project's own judge's place."""
    cast.policy(overlap=2, resolution=resolution, **policy)
    Labeler.objects.filter(project=cast.project, kind="judge").update(active=False)
    for number, each in enumerate(said):
        judge(cast, f"Judge {number}", **(each if isinstance(each, dict) else {"answer": each}))


def disputed(cast: Cast, *texts: str) -> list[Item]:
    items = cast.add(*(texts or ("hello",)))
    for _ in items:
        cast.answer(cast.annotator, "refund")
    for _ in items:
        cast.answer(cast.second, "delivery")
    return items


def resolved(cast: Cast) -> Run:
    run = resolve_disputes(cast.project)
    assert run is not None
    return finish(run)


def advice_on(item: Item) -> Annotation:
    return Annotation.objects.get(item=item, advice=True)


def test_a_debate_ends_where_all_agree_and_advises_the_reviewer(cast: Cast) -> None:
    bench(cast, "debate", "refund", {"answer": "refund", "rationale": "asks for money"})
    [item] = disputed(cast)
    run = resolved(cast)
    advice = advice_on(item)
    assert run.labeler.kind == "debate"
    assert (advice.answers, advice.annotator.labeler) == ({"intent": "refund"}, run.labeler)
    turns = Turn.objects.filter(item=item)
    assert [(turn.round, turn.letter, str(turn.speaker)) for turn in turns] == [
        (1, "A", "Judge 0 v1"),
        (1, "B", "Judge 1 v1"),
    ]
    assert [turn.rationale for turn in turns] == ["As scripted.", "asks for money"]
    assert run.tokens == sum(turn.tokens for turn in turns) > 0
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW, "it is advice, and settles nothing"


def test_whoever_disagrees_debates_for_as_many_rounds_as_the_policy_says(cast: Cast) -> None:
    bench(cast, "debate", "refund", "refund", "other", debate_rounds=2)
    [item] = disputed(cast)
    resolved(cast)
    assert Turn.objects.filter(item=item).count() == 6
    assert advice_on(item).answers == {"intent": "refund"}
    assert advice_on(item).confidence < 0.9, "a third does not agree"


def test_a_panel_votes_once(cast: Cast) -> None:
    bench(cast, "panel", "refund", "other", "other")
    [item] = disputed(cast)
    resolved(cast)
    assert Turn.objects.filter(item=item).count() == 3
    assert advice_on(item).answers == {"intent": "other"}


def test_who_joins_the_table_makes_a_new_version_of_it(cast: Cast) -> None:
    bench(cast, "panel", "refund", "other")
    disputed(cast)
    first = resolved(cast).labeler
    judge(cast, "Newcomer", answer="other")
    disputed(cast, "another")
    second = resolved(cast).labeler
    assert (first.name, first.version, second.version) == (second.name, 1, 2)
    assert len(second.config["judges"]) == 3


def pairs(cast: Cast) -> None:
    """The cast's project asks a question with two answers instead."""
    definition = Definition(
        name="Pairs",
        fields=[{"name": "text", "type": "text"}],
        questions=[{"name": "safe", "type": "choice", "title": "Safe?", "options": ["yes", "no"]}],
        policy={"audit_share": 0},
    )
    cast.project = create_project(definition, user=cast.lead, judge={"llm": "scripted"})
    for person in (cast.annotator, cast.second):
        add_member(cast.project, person, Role.ANNOTATOR, by=cast.lead)


def test_a_verdict_that_turns_with_the_order_counts_as_undecided(cast: Cast) -> None:
    """Asked in both orders: who takes whatever is listed first has not decided."""
    pairs(cast)
    bench(cast, "panel", "yes", "yes")
    listed_first = {"rules": [{"contains": "", "asked": "- yes\n- no", "answer": "yes"}], "default": {"answer": "no"}}
    config = {"llm": "scripted", "script": listed_first}
    add_labeler(cast.project, name="Leaning", kind="judge", config=config)
    [item] = cast.add("hello")
    for person, answer in ((cast.annotator, "yes"), (cast.second, "no")):
        submit(assignment=cast.claim(person), answers={"safe": answer})
    resolved(cast)
    orders = Turn.objects.filter(item=item).order_by("order").values_list("order", flat=True)
    assert list(orders) == ["forward"] * 3 + ["reversed"] * 3
    assert advice_on(item).answers == {"safe": "yes"}
    assert advice_on(item).confidence == pytest.approx(0.9 * 2 / 3)


def test_what_failed_is_kept_and_nothing_is_guessed_for_it(cast: Cast) -> None:
    bench(cast, "debate", {"fault": "refusal"}, {"fault": "several_labels"}, "refund")
    [item] = disputed(cast)
    run = resolved(cast)
    piece = RunItem.objects.get(run=run, item=item)
    assert (piece.state, piece.reason) == (Piece.FAILED, "Intent: only 1 of 3 speakers came to a verdict.")
    assert "sorry" in piece.raw_reply
    assert not Annotation.objects.filter(item=item, advice=True).exists()
    item.refresh_from_db()
    assert item.stage == Stage.REVIEW
    assert Turn.objects.filter(item=item).exclude(failure="").count() == 2


def test_whoever_tries_again_asks_those_that_failed_and_nobody_else(cast: Cast) -> None:
    once = {"fault": "refusal", "times": 1, "answer": "refund"}
    bench(cast, "panel", once, once | {"confidence": 0.8}, "refund")
    [item] = disputed(cast)
    run = resolved(cast)
    [stands] = Turn.objects.filter(failure="")
    resume_run(run)
    finish(run)
    assert Turn.objects.filter(item=item, failure="").count() == 3
    assert stands in Turn.objects.all()
    assert advice_on(item).answers == {"intent": "refund"}


def connect(cast: Cast, server: Server, **more: Any) -> None:
    settings = Settings("house", server.url, "m", price_in=Decimal(10_000), **more)
    add_connection(settings, by=cast.lead)
    Labeler.objects.filter(project=cast.project, kind="judge").update(active=False)
    for name in ("One", "Two"):
        add_labeler(cast.project, name=name, kind="judge", config={"llm": "house", "samples": 1})


def sides(asked: Asked) -> Answer:
    """Whoever speaks first says this, whoever speaks next the other thing, so that nobody agrees."""
    return answers(["refund", "delivery"][asked.number % 2])


def test_no_further_turn_is_taken_once_an_item_has_cost_what_it_may(
    cast: Cast, serve: Callable[[Behaviour], Server]
) -> None:
    """A turn costs 1: the second round would go beyond 3."""
    cast.policy(overlap=2, resolution="debate", dispute_budget=3)
    server = serve(sides)
    connect(cast, server, concurrency=1)
    [item] = disputed(cast)
    run = resolved(cast)
    assert len(server.asked) == 3
    assert run.cost == sum(turn.cost for turn in Turn.objects.filter(run=run)) == 3
    assert advice_on(item).rationale.startswith("2 speakers, round 1"), "the last round that was whole counts"


def test_a_debate_whose_money_is_spent_asks_nothing_more_and_goes_on_where_it_stopped(
    cast: Cast, serve: Callable[[Behaviour], Server]
) -> None:
    cast.policy(overlap=2, resolution="debate", debate_rounds=2)
    server = serve(lambda asked: answers(["refund", "delivery"][asked.number % 2]))
    connect(cast, server, concurrency=1)
    [item] = disputed(cast)
    run = resolve_disputes(cast.project)
    assert run is not None
    Run.objects.filter(pk=run.pk).update(budget=Decimal("2"))
    assert work(run).state == JobState.FAILED
    assert (len(server.asked), Turn.objects.count()) == (2, 2)
    resume_run(run, budget=Decimal(100))
    finish(run)
    assert (len(server.asked), Turn.objects.count()) == (4, 4)
    assert advice_on(item).confidence < 0.9


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_costs_the_turn_that_was_in_the_air_and_no_other(
    cast: Cast, serve: Callable[[Behaviour], Server], workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHWEB_LEASE_SECONDS", "2")
    cast.policy(overlap=2, resolution="debate", debate_rounds=2)
    hanging = threading.Event()

    def once_in_the_air(asked: Asked) -> Answer:
        if asked.number == 2:
            hanging.wait(30)
        return sides(asked)

    server = serve(once_in_the_air)
    connect(cast, server, concurrency=1)
    disputed(cast)
    run = resolve_disputes(cast.project)
    assert run is not None
    victim = workers.start("victim")
    label_chunk_soon.delay(run.pk)
    eventually(lambda: len(server.asked) == 3, timeout=30)
    victim.kill()
    hanging.set()
    before = list(Turn.objects.order_by("pk").values_list("pk", "round", "place"))
    assert [turn[1:] for turn in before] == [(1, 0), (1, 1)]
    let_leases_lapse(run)
    finish(run)
    assert len(server.asked) == 5, "four turns, and the one that was in the air when the worker died"
    assert list(Turn.objects.order_by("pk").values_list("pk", "round", "place"))[:2] == before
    assert not label_chunk(run.pk), "a message that comes once more finds everything done"
    assert len(server.asked) == 5
