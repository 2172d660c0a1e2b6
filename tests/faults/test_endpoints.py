"""Runs against an endpoint over real HTTP: votes, money, and what goes wrong (CHECKS L4, L6, L7, L9, L11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotation.labelers import registry as labelers
from annotation.llms import registry
from annotation.models import Annotation, Event, JobState, Labeler, Piece, Run, RunItem
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Refused
from annotation.workflow.labeling import label_chunk
from annotation.workflow.people import create_user
from annotation.workflow.running import cancel_run, resume_run, start_run
from tests.cast import Cast
from tests.endpoints import KEY, Answer, Asked, Behaviour, Server, answers, refuses, says
from tests.runs import let_leases_lapse, work
from tests.waiting import eventually
from tests.workers import Workers

Serve = Callable[[Behaviour], Server]


def connected(cast: Cast, server: Server, *, items: int = 0, samples: int = 1, **settings: Any) -> Labeler:
    """A model annotator on this server, and so many items for it."""
    cast.add(*[f"message {number:02d}" for number in range(items)])
    given = {"deadline": 5, **settings}
    made = Settings(name="team-vllm", base_url=server.url, model="tiny", **given)
    add_connection(made, key=KEY, by=create_user("root", admin=True))
    config = {"llm": "team-vllm", "samples": samples}
    return add_labeler(cast.project, name="Remote", kind="prompted", config=config)


def by_number(asked: Asked) -> Answer:
    """Every third message is a refund: an answer at the wrong item would show."""
    number = int(asked.text.partition("message ")[2][:2])
    return answers("refund" if number % 3 == 0 else "other")


def assert_votes_are_where_they_belong(run: Run) -> None:
    for vote in Annotation.objects.filter(run=run).select_related("item"):
        number = int(vote.item.fields["text"].removeprefix("message "))
        assert vote.answers == {"intent": "refund" if number % 3 == 0 else "other"}


def test_every_item_gets_the_vote_that_was_given_for_it(cast: Cast, serve: Serve) -> None:
    """L9, through to the rows."""
    server = serve(by_number)
    run = work(start_run(connected(cast, server, items=40, concurrency=8)))
    assert (run.state, run.done, run.failed) == (JobState.DONE, 40, 0)
    assert_votes_are_where_they_belong(run)
    assert run.tokens == 40 * 110


def test_a_vote_has_the_probability_of_the_models_own_tokens(cast: Cast, serve: Serve) -> None:
    tokens = [('{"answer": "', 1.0), ("refund", 0.8), ('"}', 1.0)]
    server = serve(lambda asked: answers("refund", probabilities=tokens))
    run = work(start_run(connected(cast, server, items=1)))
    vote = Annotation.objects.get(run=run)
    assert vote.confidence == pytest.approx(0.8)
    assert vote.distribution["intent"] == pytest.approx({"refund": 0.8, "delivery": 0.1, "other": 0.1})


def test_a_vote_shares_out_what_the_model_would_have_given_the_other_options(cast: Cast, serve: Serve) -> None:
    tokens = [('{"answer": "', 1.0), ("other", 0.3), ('"}', 1.0)]
    wished = {"other": {"other": 0.3, "delivery": 0.15, "refund": 0.05, "Sorry": 0.5}}
    server = serve(lambda asked: answers("other", probabilities=tokens, alternatives=wished))
    run = work(start_run(connected(cast, server, items=1)))
    vote = Annotation.objects.get(run=run)
    assert vote.distribution["intent"] == pytest.approx({"refund": 0.1, "delivery": 0.3, "other": 0.6})


@pytest.mark.parametrize(
    "answer",
    [
        says('{"answer": "ref'),
        says('{"answer": "no such option"}'),
        says('{"answer": ["refund", "other"]}'),
        says('{"answer": "refund", "answer": "other"}'),
        says('{"answer": "refund"} {"answer": "other"}'),
        says("refund"),
        says(""),
        says(None, refusal="I must not."),
        Answer([b"<html>"]),
        Answer([b" " * 2_000_000]),
    ],
    ids=["truncated", "unknown", "several", "twice", "two", "bare", "empty", "refusal", "html", "endless"],
)
def test_a_reply_that_is_no_answer_is_a_failure_and_nothing_is_guessed(
    cast: Cast, serve: Serve, answer: Answer
) -> None:
    """L6."""
    server = serve(lambda asked: answer)
    run = work(start_run(connected(cast, server, items=2)))
    assert (run.state, run.done, run.failed) == (JobState.DONE, 0, 2)
    assert not Annotation.objects.filter(run=run).exists()
    for piece in RunItem.objects.filter(run=run):
        assert piece.reason
        assert len(piece.raw_reply) < 30_000


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500])
def test_the_endpoints_words_and_the_key_are_in_no_row(cast: Cast, serve: Serve, status: int) -> None:
    """L4."""
    server = serve(lambda asked: refuses(status))
    run = start_run(connected(cast, server, items=3))
    for _ in range(3):
        work(run)
        let_leases_lapse(run)
    run.refresh_from_db()
    told = [run.error, *RunItem.objects.filter(run=run).values_list("reason", "raw_reply")]
    told += list(Event.objects.filter(project=cast.project).values_list("data", flat=True))
    assert "canary" not in str(told)
    assert "team-vllm" in str(told)


def test_a_wrong_key_stops_the_run_and_no_item_is_lost(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: refuses(401))
    run = work(start_run(connected(cast, server, items=100)))
    assert (run.state, run.failed) == (JobState.FAILED, 0)
    assert "refuses the key" in run.error
    assert len(server.asked) < 10
    server.behaviour = by_number
    resume_run(run)
    assert work(run).done == 100


def test_a_pause_that_an_endpoint_asks_for_costs_no_attempt(cast: Cast, serve: Serve) -> None:
    """L7: however often it says so, nothing fails; the rest of the items is not even sent."""
    server = serve(lambda asked: refuses(429, Retry_After="60"))
    run = start_run(connected(cast, server, items=30))
    for _ in range(5):
        assert label_chunk(run.pk) is False
        a_minute_passes(run)
    assert not RunItem.objects.filter(run=run).exclude(state=Piece.PENDING).exists()
    assert len(server.asked) <= 5 * 5
    server.behaviour = by_number
    run = work(run)
    assert (run.state, run.done, run.failed) == (JobState.DONE, 30, 0)


def a_minute_passes(run: Run) -> None:
    """The leases have lapsed, and the model in this process has forgotten the pause."""
    let_leases_lapse(run)
    registry._reached.clear()
    labelers._built.clear()


def test_cost_is_booked_as_it_goes_and_failures_cost_too(cast: Cast, serve: Serve) -> None:
    server = serve(lambda asked: says("no answer") if "message 00" in asked.text else by_number(asked))
    labeler = connected(cast, server, items=10, price_in=Decimal("10"), price_out=Decimal("100"))
    run = work(start_run(labeler))
    assert (run.done, run.failed) == (9, 1)
    assert run.cost == 10 * Decimal("0.002")


def test_a_budget_stops_a_run_within_what_is_in_flight_and_a_larger_one_lets_it_go_on(cast: Cast, serve: Serve) -> None:
    """L11."""
    server = serve(by_number)
    labeler = connected(cast, server, items=60, concurrency=4, price_in=Decimal("100"))
    run = work(start_run(labeler, budget=Decimal("0.20")))
    assert (run.state, run.failed) == (JobState.FAILED, 0)
    assert run.error == "The budget of 0.20 is spent: the run has cost 0.20."
    assert run.cost <= Decimal("0.20") + 4 * Decimal("0.01")
    assert run.done == len(server.asked) == 20, "what was paid for is kept"
    with pytest.raises(Refused, match="larger one"):
        resume_run(run)
    resume_run(run, budget=Decimal("5"))
    run = work(run)
    assert (run.state, run.done, run.cost) == (JobState.DONE, 60, Decimal("0.60"))
    assert_votes_are_where_they_belong(run)


@pytest.mark.parametrize("budget", ["0", "-1", "NaN", "Infinity", "1000000"])
def test_a_budget_that_is_none_is_refused(cast: Cast, serve: Serve, budget: str) -> None:
    with pytest.raises(Refused) as refused:
        start_run(connected(cast, serve(by_number)), budget=Decimal(budget))
    assert refused.value.field == "budget"
    assert not Run.objects.filter(project=cast.project).exists()


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_run_sends_nothing_more(cast: Cast, serve: Serve) -> None:
    """J9: not even the rest of its chunk."""

    def cancelling(asked: Asked) -> Answer:
        if asked.number == 1:
            cancel_run(run)
            connection.close()
        return by_number(asked)

    server = serve(cancelling)
    run = start_run(connected(cast, server, items=60, concurrency=1, price_in=Decimal("100")))
    assert label_chunk(run.pk) is False
    run.refresh_from_db()
    assert (run.state, run.error) == (JobState.CANCELLED, "")
    assert run.done == len(server.asked) == 2, "what was paid for is kept"


def test_no_page_and_no_call_of_the_api_waits_for_an_endpoint(cast: Cast, serve: Serve) -> None:
    """V2: only workers speak to it. Whatever a lead does in the browser or by script, nothing is sent."""
    server = serve(by_number)
    labeler = connected(cast, server, items=3, price_in=Decimal("1"))
    api = cast.api(cast.lead)
    assert api.post(cast.url("labelers", labeler.pk, "estimate"), {}).json()["connection"] == "team-vllm"
    assert api.get(cast.url("connections")).json()["results"][0]["name"] == "team-vllm"
    browser = Client()
    browser.force_login(cast.lead, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("models/", f"models/{labeler.pk}/", f"models/{labeler.pk}/estimate/"):
        page = browser.get(f"/projects/{cast.project.slug}/{path}")
        assert page.status_code == 200
        assert KEY not in page.content.decode()
        assert server.url not in page.content.decode()
    started = api.post(cast.url("labelers", labeler.pk, "runs"), {"budget": 0.5})
    assert (started.status_code, started.json()["budget"]) == (202, 0.5), started.content
    assert server.asked == []


def test_people_annotate_while_every_request_to_a_model_hangs(cast: Cast, serve: Serve, workers: Workers) -> None:
    """V2 and L8, with a real worker: its slots come free at the deadline, and the queue does not notice."""
    hanging = threading.Event()

    def hang(asked: Asked) -> Answer:
        hanging.set()
        server.over.wait()
        return by_number(asked)

    server = serve(hang)
    run = start_run(connected(cast, server, items=12, deadline=2, concurrency=4))
    workers.start(queues=("labeling",))
    assert hanging.wait(20)
    for _ in range(5):
        began = time.monotonic()
        cast.answer(cast.annotator, "refund")
        assert time.monotonic() - began < 2
    # A few were tried. The others were let go of untried: nothing is sent to a server that does not answer.
    untried = RunItem.objects.filter(run=run, state=Piece.PENDING, leased_until__isnull=False, attempts=0)
    eventually(lambda: untried.count() >= 4, timeout=20)
    assert len(server.asked) + untried.count() == 12
