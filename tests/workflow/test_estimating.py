from __future__ import annotations

from decimal import Decimal

import pytest

from annotation.models import Labeler, Run
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.estimating import estimate_run
from annotation.workflow.people import create_user
from annotation.workflow.running import start_run
from tests.cast import SCRIPTED, Cast
from tests.runs import work


@pytest.fixture
def remote(cast: Cast) -> Labeler:
    priced = Settings("hosted", "https://127.0.0.1:1/v1", "big", price_in=Decimal("2"), price_out=Decimal("8"))
    add_connection(priced, by=create_user("root", admin=True))
    config = {"llm": "hosted", "samples": 4}
    return add_labeler(cast.project, name="Remote", kind="prompted", config=config)


def test_an_estimate_shows_the_first_prompt_and_the_money_without_asking_anybody(cast: Cast, remote: Labeler) -> None:
    """Nobody listens at the address, so an answer proves that nothing was sent."""
    cast.add(*[f"where is my parcel number {number}?" for number in range(100)])
    estimate = estimate_run(remote)
    assert "where is my parcel" in estimate.prompt
    assert "refund" in estimate.prompt
    assert (estimate.items, estimate.requests, estimate.connection, estimate.measured) == (100, 100, "hosted", 0)
    assert 100 * len(estimate.prompt) / 8 < estimate.tokens_in < 100 * len(estimate.prompt) / 2
    exact = (2 * estimate.tokens_in + 8 * estimate.tokens_out) / Decimal(1_000_000)
    assert estimate.cost == pytest.approx(exact, rel=Decimal("0.02"))
    assert estimate.most == 4 * estimate.cost


def test_longer_texts_cost_more_and_wordings_multiply(cast: Cast, remote: Labeler) -> None:
    cast.add("short")
    short = estimate_run(remote)
    cast.add("long " * 2_000)
    assert estimate_run(remote).tokens_in > short.tokens_in + 2_000
    config = {"llm": "hosted", "perturbations": 3}
    thrice = add_labeler(cast.project, name="Thrice", kind="prompted", config=config)
    assert estimate_run(thrice).requests == 6


def test_what_was_voted_on_already_is_not_paid_again(cast: Cast) -> None:
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    cast.add("one", "two")
    run = start_run(labeler)
    work(run)
    cast.add("three")
    assert estimate_run(labeler).items == 1


def test_a_version_that_has_run_is_estimated_by_what_it_took(cast: Cast, remote: Labeler) -> None:
    cast.add("one")
    Run.objects.create(
        project=cast.project, labeler=remote, state="done", total=50, done=48, failed=2, tokens=50 * 1_000
    )
    estimate = estimate_run(remote)
    assert estimate.measured == 50
    assert estimate.tokens_in + estimate.tokens_out == pytest.approx(1_000, abs=2)
    assert estimate.most == estimate.cost, "samples are in what was measured"


def test_a_model_on_this_machine_and_a_project_without_items_cost_nothing(cast: Cast, remote: Labeler) -> None:
    assert estimate_run(remote).cost == 0
    cast.add("one")
    local = estimate_run(add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED))
    assert (local.cost, local.connection) == (0, "")
    assert local.tokens_in > 0
