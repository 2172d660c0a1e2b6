"""Runs through OpenAI-compatible servers that other people wrote, with the bundled model behind them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from annotation.models import Annotation, JobState, RunItem
from annotation.workflow.connecting import Settings, add_connection, change_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.estimating import estimate_run
from annotation.workflow.people import create_user
from annotation.workflow.running import resume_run, start_run
from tests.cast import Cast
from tests.runs import work
from tests.servers import llama_cpp, transformers_serve

KEY = "sk-only-this-one"
TEXTS = ("I want my money back.", "When will my parcel arrive?", "Please refund the order.", "Where is my delivery?")


def test_llama_cpp_answers_by_schema_with_probabilities_and_the_right_key_alone(cast: Cast, tmp_path: Path) -> None:
    cast.add(*TEXTS)
    root = create_user("root", admin=True)
    with llama_cpp(tmp_path / "server.log", KEY) as (url, model):
        priced = Settings("llama", url, model, concurrency=2, price_in=Decimal("10"), price_out=Decimal("30"))
        made = add_connection(priced, key="sk-a-wrong-one", by=root)
        labeler = add_labeler(cast.project, name="Remote", kind="prompted", config={"llm": "llama"})
        estimate = estimate_run(labeler)
        run = work(start_run(labeler))
        assert (run.state, run.done, run.cost) == (JobState.FAILED, 0, 0)
        assert "refuses the key" in run.error
        change_connection(made, priced, key=KEY, by=root)
        resume_run(run)
        run = work(run)
    assert (run.state, run.done, run.failed) == (JobState.DONE, 4, 0), run.error
    for vote in Annotation.objects.filter(run=run):
        shares = vote.distribution["intent"]
        assert sum(shares.values()) == pytest.approx(1)
        assert 0 < vote.confidence < 1
    # A dry run is right within a factor of two about the tokens of a tokenizer that it does not know.
    assert 0.5 < estimate.tokens_in * Decimal("0.00001") / run.cost < 2
    assert 0.5 < (estimate.tokens_in + estimate.tokens_out) / run.tokens < 2


def test_transformers_serve_is_asked_in_words_and_several_times(cast: Cast, tmp_path: Path) -> None:
    """It offers neither schemas nor log-probabilities, and its small model seldom writes JSON: what is none, fails."""
    cast.add(TEXTS[0])
    with transformers_serve(tmp_path / "server.log") as (url, model):
        add_connection(Settings("hugging-face", url, model), by=create_user("root", admin=True))
        config = {"llm": "hugging-face", "samples": 2}
        run = work(start_run(add_labeler(cast.project, name="Remote", kind="prompted", config=config)))
    assert run.state == JobState.DONE, run.error
    assert run.done + run.failed == 1
    assert run.tokens > 2 * 50, "both samples were counted"
    for piece in RunItem.objects.filter(run=run, state="failed"):
        assert piece.raw_reply, "the server did answer"
