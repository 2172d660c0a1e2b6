from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Annotation, Run
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.people import create_user
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.endpoints import answers


def enlist(cast: Cast, **rule: Any) -> Any:
    config = {"llm": "scripted", "script": {"default": rule}}
    return add_labeler(cast.project, name="Model", kind="prompted", config=config, user=cast.lead)


def hosted(cast: Cast, url: str, samples: int = 1) -> None:
    priced = Settings("hosted", url, "big", concurrency=1, price_in=Decimal(100))
    add_connection(priced, by=create_user("root", admin=True))
    add_labeler(cast.project, name="Hosted", kind="prompted", config={"llm": "hosted", "samples": samples})


def run(cast: Cast, name: str = "Model", *options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("run_labeler", cast.project.slug, name, *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_every_open_item_gets_a_vote(cast: Cast) -> None:
    enlist(cast, answer="refund")
    cast.add(*(f"text {number}" for number in range(20)))
    out, err = run(cast)
    assert out.startswith("20 voted, 0 failed")
    assert err == "", "a script that goes well has nothing to read there"
    assert Annotation.objects.filter(project=cast.project).count() == 20


def test_a_run_that_was_left_unfinished_is_gone_on_with(cast: Cast) -> None:
    labeler = enlist(cast, answer="refund")
    cast.add("one")
    start_run(labeler)
    assert run(cast)[0].startswith("1 voted")
    assert Run.objects.filter(labeler=labeler).count() == 1


def test_a_model_that_gives_up_is_one_sentence(cast: Cast) -> None:
    enlist(cast, fault="permanent")
    cast.add("one")
    with pytest.raises(CommandError, match="All 1 items failed"):
        run(cast)


def test_an_unknown_name_is_one_sentence(cast: Cast) -> None:
    with pytest.raises(CommandError, match="it has: Judge"):
        run(cast, "Nobody")


def test_a_dry_run_shows_the_first_prompt_and_the_money_and_starts_nothing(cast: Cast, serve: Any) -> None:
    server = serve(lambda asked: answers("refund", usage=(1_000, 0)))
    hosted(cast, server.url, samples=2)
    cast.add("where is my parcel?")
    out, _ = run(cast, "Hosted", "--dry-run", "--budget", "0.0000001")
    assert "where is my parcel?" in out
    assert "1 items, 1 requests" in out
    assert "at the prices of “hosted”, up to " in out
    assert "may not reach" in out
    assert server.asked == []
    assert not Run.objects.exists()


def test_a_budget_stops_the_command_and_a_larger_one_lets_it_go_on(cast: Cast, serve: Any) -> None:
    server = serve(lambda asked: answers("refund", usage=(1_000, 0)))
    hosted(cast, server.url)
    cast.add(*(f"text {number}" for number in range(10)))
    with pytest.raises(CommandError, match=r"The budget of 0\.30 is spent"):
        run(cast, "Hosted", "--budget", "0.3")
    assert len(server.asked) == 3
    out, _ = run(cast, "Hosted", "--budget", "2")
    assert out == "10 voted, 0 failed, 10000 tokens, cost 1.00\n"
    assert Run.objects.count() == 1
    with pytest.raises(CommandError, match="no sum of money"):
        run(cast, "Hosted", "--budget", "much")
