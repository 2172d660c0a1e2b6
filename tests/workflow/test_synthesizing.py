"""A recipe at work: what it makes, what it pays for, and that neither death nor a change makes it pay twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from annotation.llms import Prompt
from annotation.models import (
    Asking,
    Candidate,
    Event,
    Fate,
    Item,
    JobState,
    ModelCall,
    Notification,
    Source,
    SynthesisRun,
    Verb,
)
from annotation.models.filters import Filters
from annotation.synthesis.base import Candidate as Made
from annotation.synthesis.base import Training, Work
from annotation.synthesis.paraphrase import Paraphrase
from annotation.workflow.commissioning import Commission
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.errors import JobActive, Refused
from annotation.workflow.planning_synthesis import plan_synthesis
from annotation.workflow.reshaping import change_questions
from annotation.workflow.synthesizing import cancel_synthesis, request_synthesis, resume_synthesis, synthesize
from tests.cast import Cast
from tests.endpoints import Answer, Asked, Behaviour, Server, says
from tests.recipes import NAME, Echo, offered
from tests.waiting import eventually
from tests.workers import database_url

TEXTS = ("Where is my parcel?", "I want my money back.", "Hello there.")


@pytest.fixture(autouse=True)
def echo() -> Iterator[Echo]:
    with offered() as recipe:
        yield recipe


def obliging(asked: Asked) -> Answer:
    """What a well-behaved endpoint says: a text that depends on what it is asked, and on its seed."""
    if "Is this fine?" in asked.text:
        return says("fine")
    return says(f"again ({asked.body['seed'] % 1000}): {asked.text.splitlines()[-1]}")


@pytest.fixture
def connected(cast: Cast, serve: Callable[[Behaviour], Server]) -> Server:
    """An endpoint behind the connection “team”, at 1 per 1,000 tokens: 0.11 a request."""
    server = serve(obliging)
    add_connection(
        Settings("team", server.url, "m", concurrency=2, price_in=Decimal(1000), price_out=Decimal(1000)), by=cast.lead
    )
    return server


def scripted(**rules: Any) -> dict[str, Any]:
    return {"generator": {"llm": "scripted", "script": rules}}


def start(cast: Cast, **wishes: Any) -> SynthesisRun:
    wishes = {"roles": {"generator": {"llm": "team"}}, "filters": Filters(source="imported"), **wishes}
    return request_synthesis(cast.project, Commission(NAME, **wishes), user=cast.lead)


def finished(run: SynthesisRun) -> SynthesisRun:
    synthesize(run.pk)
    run.refresh_from_db()
    return run


def test_candidates_become_items_with_where_they_come_from(cast: Cast, connected: Server) -> None:
    seeds = cast.add(*TEXTS, gold={"intent": "refund"})
    run = finished(start(cast, licence="CC-BY-4.0"))
    assert (run.state, run.kept, run.requested, run.failed, run.error) == (JobState.DONE, 3, 6, 0, "")
    made = Item.objects.filter(project=cast.project, source=Source.RECIPE)
    assert {item.metadata["licence"] for item in made} == {"CC-BY-4.0"}
    for item in made:
        [parent] = item.parents.all()
        assert (parent in seeds, item.family, item.gold, item.stage) == (True, parent.pk, None, "new")
        candidate = item.candidate
        assert (candidate.answers, candidate.parents) == ({"intent": "refund"}, [parent.pk])
        assert [each["filter"] for each in candidate.verdicts] == ["checker", "brief"]
        [asking] = Asking.objects.filter(run=run, place__in=candidate.requests)
        assert asking.call is not None and parent.fields["text"] in asking.call.prompt["text"]
    assert run.cost == ModelCall.objects.count() * Decimal("0.11")
    # What is made is made from the root: a second generation has the first one's family.
    second = finished(start(cast, filters=Filters(source="recipe")))
    assert second.kept == 3
    assert set(made.filter(candidate__run=second).values_list("family", flat=True)) == {seed.pk for seed in seeds}


def test_nothing_is_dropped_silently(cast: Cast) -> None:
    cast.add(*TEXTS, "again Hello there.", "Refuse this.")
    rules = [
        {"contains": "parcel", "rationale": "again " + "very " * 40},
        {"contains": "money", "rationale": "I'm sorry, but I can't help with that."},
        {"contains": "Hello", "asked": "Say", "rationale": "again Hello there."},
        {"contains": "Refuse", "fault": "permanent"},
    ]
    run = finished(start(cast, roles=scripted(rules=rules, default={"rationale": "fine"})))
    told = {
        candidate.fate: candidate.reason
        for candidate in Candidate.objects.filter(run=run).exclude(reason="").order_by("pk")
    }
    assert (run.kept, run.filtered, run.unparsed, run.duplicates) == (0, {"brief": 1}, 2, 2)
    assert told[Fate.FILTERED] == "It is too long."
    assert told[Fate.DUPLICATE] == "An item of this project has the same content."
    assert sum((run.kept, *run.filtered.values(), run.unparsed, run.duplicates)) == run.outcomes == 5
    raw = Candidate.objects.filter(run=run, fate=Fate.UNPARSED).values_list("raw", flat=True)
    assert "I'm sorry, but I can't help with that." in raw


def test_an_example_of_a_prompt_that_comes_back_is_no_new_text(
    cast: Cast, serve: Callable[[Behaviour], Server]
) -> None:
    cast.add("Where is my order? I have been waiting for it since Monday of last week.")
    server = serve(lambda asked: says(json.dumps({"answer": Paraphrase.examples[1]})))
    add_connection(Settings("parrot", server.url, "m"), by=cast.lead)
    wishes = Commission("paraphrase", {"variants": 1}, roles={"generator": {"llm": "parrot"}})
    run = finished(request_synthesis(cast.project, wishes, user=cast.lead))
    assert (run.kept, run.filtered) == (0, {"near_other": 1})


KILLABLE = """
import django; django.setup()
from annotation.workflow.synthesizing import synthesize
from tests.recipes import offered
with offered():
    synthesize({run})
"""


def test_a_killed_run_goes_on_and_repeats_no_call(
    transactional_db: None, cast: Cast, serve: Callable[[Behaviour], Server], connected: Server
) -> None:
    cast.add(*(f"Message {number}" for number in range(12)))
    held = 20

    def stalls(asked: Asked) -> Answer:
        if asked.number >= held:
            connected.over.wait(30)
        return obliging(asked)

    connected.behaviour = stalls
    run = start(cast, parameters={"times": 2})
    process = subprocess.Popen(
        [sys.executable, "-c", KILLABLE.format(run=run.pk)], env={**os.environ, "DATABASE_URL": database_url()}
    )
    eventually(lambda: len(connected.asked) > held, timeout=60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    answered = ModelCall.objects.count()
    assert answered == held
    connected.behaviour = obliging
    SynthesisRun.objects.filter(pk=run.pk).update(leased_until=None)
    run = finished(run)
    assert (run.state, run.kept, run.requested, run.cached) == (JobState.DONE, 24, 48, 0)
    # What was in flight when it was killed is all that was asked twice.
    assert len(connected.asked) - 48 == len(connected.asked[held:]) - (48 - held) <= 2
    assert sorted(Candidate.objects.filter(run=run).values_list("number", flat=True)) == list(range(24))
    # Played on another machine, from nothing, it would have come to the same.
    texts = set(Item.objects.filter(candidate__run=run).values_list("fields__text", flat=True))
    Item.objects.filter(candidate__run=run).delete()
    again = finished(start(cast, parameters={"times": 2}))
    assert set(Item.objects.filter(candidate__run=again).values_list("fields__text", flat=True)) == texts
    assert (again.cached, again.cost) == (48, 0)


def test_a_changed_run_pays_for_what_is_new_alone(cast: Cast, connected: Server) -> None:
    cast.add(*TEXTS)
    finished(start(cast))
    more = finished(start(cast, parameters={"times": 2}))
    assert (more.requested, more.cached, len(connected.asked)) == (12, 6, 12)
    assert (more.kept, more.duplicates) == (3, 3)
    rude = finished(start(cast, parameters={"tone": "rude"}))
    assert rude.cached == 3  # the checker's, because the texts are the same
    other_lot = finished(start(cast, seed=2))
    assert (other_lot.cached, other_lot.kept) == (0, 3)


def test_a_budget_stops_it_and_a_larger_one_goes_on(cast: Cast, connected: Server) -> None:
    cast.add(*TEXTS)
    run = finished(start(cast, budget=Decimal("0.4")))
    assert (run.state, run.error) == (JobState.FAILED, "The budget of 0.40 is spent: the run has cost 0.33.")
    with pytest.raises(Refused, match="larger"):
        resume_synthesis(run, budget=Decimal("0.1"))
    resume_synthesis(run, budget=Decimal(5))
    run = finished(run)
    assert (run.state, run.kept, run.cost, len(connected.asked)) == (JobState.DONE, 3, Decimal("0.66"), 6)
    assert Event.objects.filter(project=cast.project, verb=Verb.SYNTHESIS_FINISHED).count() == 2


def test_it_stops_at_the_amount_and_when_it_is_cancelled(transactional_db: None, cast: Cast, connected: Server) -> None:
    cast.add(*(f"Message {number}" for number in range(10)))
    run = finished(start(cast, amount=4))
    assert (run.state, run.kept, run.requested) == (JobState.DONE, 4, 14)

    def cancelling(asked: Asked) -> Answer:
        if asked.number == 20:
            cancel_synthesis(SynthesisRun.objects.latest("pk"))
            connection.close()
        return obliging(asked)

    connected.behaviour = cancelling
    cancelled = finished(start(cast, seed=3))
    assert (cancelled.state, cancelled.kept) == (JobState.CANCELLED, 0)
    with pytest.raises(JobActive):
        cancel_synthesis(cancelled)
    resume_synthesis(cancelled)
    assert finished(cancelled).kept == 10


def test_an_outage_is_waited_for_and_no_reply_is_lost(cast: Cast, connected: Server) -> None:
    cast.add(*TEXTS)
    connected.behaviour = lambda asked: obliging(asked) if asked.number == 0 else Answer(status=503)
    run = finished(start(cast))
    assert (run.state, "The endpoint “team”" in run.error) == (JobState.RUNNING, True)
    assert run.leased_until is not None and ModelCall.objects.count() == 1
    connected.behaviour = obliging
    SynthesisRun.objects.filter(pk=run.pk).update(leased_until=None)
    assert finished(run).kept == 3


def test_a_turn_ends_and_the_next_goes_on_from_there(
    cast: Cast, connected: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.workflow.synthesizing.TURN", 0)
    # However long the replay takes on this machine.
    monkeypatch.setattr("annotation.workflow.synthesizing.REPLAY_SHARE", 1e9)
    cast.add(*TEXTS)
    run = start(cast)
    turns = 0
    while run.is_active:
        run, turns = finished(run), turns + 1
    assert turns > 2
    assert (run.state, run.kept, run.requested, len(connected.asked)) == (JobState.DONE, 3, 6, 6)


def test_a_plan_says_what_would_be_asked_and_asks_nothing(cast: Cast, connected: Server) -> None:
    cast.add(*TEXTS[:2], gold={"intent": "refund"})
    cast.add(TEXTS[2])
    cast.add("A test item", metadata={})
    Item.objects.filter(fields__text="A test item").update(split="test")
    wanted = Commission(NAME, parameters={"times": 4}, roles={"generator": {"llm": "team"}}, budget=Decimal("0.01"))
    plan = plan_synthesis(cast.project, wanted)
    assert (plan.seeds, plan.labelled, plan.requests, plan.measured) == (3, 2, 24, 0)
    assert plan.prompts[0].prompt.startswith("Say this again in a plain tone.")
    assert plan.cost > 0 and plan.tokens_out == 24 * 256
    assert [warning.split(":")[0].split(" ")[0] for warning in plan.warnings] == ["The", "1", "It"]
    assert not connected.asked and not SynthesisRun.objects.exists()
    tried = plan_synthesis(cast.project, Commission(NAME, roles={"generator": {"llm": "local"}}))
    assert "bundled model is small" in tried.warnings[0]
    balanced = plan_synthesis(cast.project, Commission(NAME, seed_limit=1, balance="intent"))
    assert (balanced.seeds, balanced.labelled) == (1, 1)


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"recipe": "no such"}, "recipe"),
        ({"parameters": {"times": 0}}, "parameters.times"),
        ({"parameters": {"times": True}}, "parameters.times"),
        ({"parameters": {"tone": "shrill"}}, "parameters.tone"),
        ({"parameters": {"question": "nothing"}}, "parameters.question"),
        ({"parameters": {"volume": 3}}, "parameters.volume"),
        ({"roles": {"writer": {"llm": "scripted"}}}, "roles"),
        ({"roles": {"generator": {"llm": "nobody"}}}, "roles.generator"),
        ({"roles": {"generator": {"llm": "scripted", "base_url": "http://10.0.0.1"}}}, "roles.generator"),
        ({"balance": "nothing"}, "balance"),
        ({"seed_limit": 10_001}, "seed_limit"),
        ({"amount": 0}, "amount"),
        ({"budget": Decimal(0)}, "budget"),
        ({"licence": "x" * 101}, "licence"),
        ({"documents": (77,)}, "documents"),
        ({"seed_limit": 0}, ""),
    ],
)
def test_what_does_not_fit_is_refused_by_name(cast: Cast, wishes: dict[str, Any], field: str) -> None:
    cast.add(*TEXTS)
    with pytest.raises(Refused) as refusal:
        request_synthesis(cast.project, Commission(**{"recipe": NAME, "roles": scripted(), **wishes}))
    assert refusal.value.field == field
    assert not SynthesisRun.objects.exists()


def test_only_a_model_on_this_machine_is_fine_tuned(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def teaches(self: Echo, work: Work) -> Iterator[Training]:
        yield Training(((Prompt("Say it.", "Hello"), "again Hello"),))

    monkeypatch.setattr(Echo, "run", teaches)
    cast.add(*TEXTS)
    run = finished(start(cast, roles=scripted()))
    assert run.state == JobState.FAILED and "Only a model on this machine" in run.error


def test_questions_that_change_meanwhile_stop_it_and_nothing_is_made_for_the_earlier_ones(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(self: Echo, work: Work) -> Iterator[Made]:
        change = {"kind": "split_option", "question": "intent", "option": "refund", "into": ["money", "voucher"]}
        change_questions(cast.project, change, user=cast.lead)
        yield Made({"text": "New"}, "echo", answers={"intent": "refund"})

    cast.add(*TEXTS)
    run = start(cast, roles=scripted())
    monkeypatch.setattr(Echo, "run", meanwhile)
    run = finished(run)
    assert run.state == JobState.FAILED and "The questions have changed" in run.error
    assert not Candidate.objects.exists()


def test_a_recipe_that_breaks_says_how(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: Echo, work: Work) -> Iterator[Training]:
        raise KeyError("intent")
        yield

    monkeypatch.setattr(Echo, "run", breaks)
    cast.add(*TEXTS)
    with pytest.raises(Refused, match="KeyError"):
        plan_synthesis(cast.project, Commission(NAME, roles=scripted()))
    run = finished(start(cast, roles=scripted()))
    assert (run.state, run.error) == (JobState.FAILED, "The recipe broke: KeyError: 'intent'")
    [told] = Notification.objects.filter(user=cast.lead, kind="run_failed")
    assert told.data == {"synthesis_run": run.pk, "recipe": NAME}
