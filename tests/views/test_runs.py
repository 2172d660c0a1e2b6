"""A run: watched, stopped, resumed."""

from __future__ import annotations

import pytest

from annotation.models import JobState, Piece, Run
from annotation.views import runs
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.runs import work
from tests.views.data import HTMX, page, signed_in

SCRIPT = {"rules": [{"contains": "broken", "fault": "unknown_label"}], "default": {"answer": "refund"}}


@pytest.fixture
def run(cast: Cast) -> Run:
    cast.add("fine", "also fine", "broken <b>one</b>")
    config = {"llm": "scripted", "script": SCRIPT}
    return start_run(add_labeler(cast.project, name="Robot", kind="prompted", config=config, user=cast.lead))


def test_a_waiting_run_polls_and_offers_to_cancel(cast: Cast, run: Run) -> None:
    shown = signed_in(cast.lead).get(page("run", cast, run.pk), **HTMX).content.decode()
    assert "data-poll" in shown
    assert page("run_cancel", cast, run.pk) in shown
    assert "<html" not in shown


def test_a_finished_run_lists_its_failures_with_reason_and_reply(cast: Cast, run: Run) -> None:
    work(run)
    response = signed_in(cast.lead).get(page("run", cast, run.pk))
    [failure] = response.context["failures"]
    assert (run.state, run.done, run.failed) == (JobState.DONE, 2, 1)
    assert failure.item.fields["text"] == "broken <b>one</b>"
    assert failure.reason
    assert "data-poll" not in response.content.decode()


def test_a_reviewer_watches_without_buttons(cast: Cast, run: Run) -> None:
    shown = signed_in(cast.reviewer).get(page("run", cast, run.pk)).content.decode()
    assert page("run_cancel", cast, run.pk) not in shown


def test_cancel_and_resume_change_the_state_and_say_when_they_cannot(cast: Cast, run: Run) -> None:
    client = signed_in(cast.lead)
    client.post(page("run_cancel", cast, run.pk))
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    late = client.post(page("run_cancel", cast, run.pk), follow=True)
    assert "over already" in str(next(iter(late.context["messages"])))
    assert page("run_resume", cast, run.pk) in late.content.decode()
    client.post(page("run_resume", cast, run.pk))
    run.refresh_from_db()
    assert run.state == JobState.PENDING
    early = client.post(page("run_resume", cast, run.pk), follow=True)
    assert "going on already" in str(next(iter(early.context["messages"])))


def test_a_run_that_its_budget_stopped_asks_for_a_larger_one(cast: Cast, run: Run) -> None:
    client, spent = signed_in(cast.lead), {"state": JobState.FAILED, "budget": 1, "cost": 1}
    Run.objects.filter(pk=run.pk).update(**spent)
    assert "Go on with this budget" in client.get(page("run", cast, run.pk)).content.decode()
    refused = client.post(page("run_resume", cast, run.pk), {"budget": "0.5"}, follow=True)
    assert "is spent" in refused.content.decode()
    refused = client.post(page("run_resume", cast, run.pk), {"budget": "much"}, follow=True)
    run.refresh_from_db()
    assert run.state == JobState.FAILED
    client.post(page("run_resume", cast, run.pk), {"budget": "2.5"})
    run.refresh_from_db()
    assert (run.state, run.budget) == (JobState.PENDING, 2.5)


def test_many_failures_come_in_pages_with_a_retry_of_all(cast: Cast, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SHOWN_FAILURES", 2)
    run.pieces.update(state=Piece.FAILED, reason="Not an option.")
    Run.objects.filter(pk=run.pk).update(state=JobState.DONE, failed=3)
    client = signed_in(cast.lead)
    first = client.get(page("run", cast, run.pk))
    second = client.get(first.context["next_url"])
    seen = [failure.pk for response in (first, second) for failure in response.context["failures"]]
    assert seen == list(run.pieces.order_by("pk").values_list("pk", flat=True))
    assert "Retry these 3" in second.content.decode()
    assert "Retry these" not in signed_in(cast.reviewer).get(page("run", cast, run.pk)).content.decode()
    client.post(page("run_resume", cast, run.pk))
    assert set(run.pieces.values_list("state", flat=True)) == {Piece.PENDING}
