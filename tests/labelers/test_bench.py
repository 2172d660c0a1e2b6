"""Judges at one table: what each is told, in which order, and what strangers' words can do there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotation.labelers import Dispute, Failure, Prediction, Vote, build
from annotation.labelers.base import Brief
from annotation.labelers.bench import Bench, Call, Speaker, Turn
from annotation.llms import ModelError, Permanent, Prompt, Reply, Scores
from annotation.models.families import family_of
from annotation.questions import parse_questions
from tests.labelers.cast import BRIEF, items
from tests.labelers.injections import TEMPLATES, aimed_at

VOTES = tuple(Vote({"intent": intent}, f"reason {number}") for number, intent in enumerate(["refund", "bug"] * 4))


class Listener:
    """A model that keeps what it is asked, and says the next thing that it was given."""

    scores_options = False
    digest = "listener"

    def __init__(self, *says: str) -> None:
        self.says = list(says)
        self.asked: list[Prompt] = []

    def choose(self, prompts: Sequence[Prompt], options: Sequence[str]) -> Scores:
        raise Permanent("It replies.")

    def generate(self, prompts: Sequence[Prompt], **how: Any) -> list[Reply | ModelError]:
        self.asked += prompts
        return [Reply(self.says.pop(0) if self.says else said("refund"), 1, 1, 0.9) for _ in prompts]

    def embed(self, texts: Sequence[str]) -> Any:
        raise Permanent("It replies.")


def said(answer: str, reason: str = "because") -> str:
    return json.dumps({"reason": reason, "answer": answer})


def table(*models: Listener, brief: Brief = BRIEF, rounds: int = 3) -> Bench:
    return Bench([Speaker(model, {}, "listener") for model in models], brief, rounds, "test")


def held(bench: Bench, dispute: Dispute) -> list[Turn]:
    turns: list[Turn] = []
    while calls := bench.pending(turns):
        for call in calls:
            turn = bench.ask(call, dispute, turns)
            assert isinstance(turn, Turn)
            turns.append(turn)
    return turns


def disputed(text: str = "hello", votes: tuple[Vote, ...] = VOTES) -> Dispute:
    return Dispute(items(text)[0], votes)


def reasons_in(prompt: Prompt) -> list[str]:
    return re.findall(r"reason \d", prompt.text)


def test_the_order_is_drawn_anew_for_every_round_and_speaker_and_again_the_same() -> None:
    def orders() -> list[list[str]]:
        models = Listener(), Listener(said("bug"), said("bug"), said("bug"))
        held(table(*models), disputed())
        return [reasons_in(prompt) for model in models for prompt in model.asked]

    first = orders()
    assert len(first) == 6
    assert len({tuple(order) for order in first}) == 6
    assert all(sorted(order) == sorted(first[0]) for order in first)
    assert orders() == first


def test_speakers_read_the_round_before_theirs_without_names() -> None:
    one, other = Listener(said("refund", "money!")), Listener(said("bug", "it crashes"), said("refund", "well"))
    turns = held(table(one, other), disputed())
    assert [turn.call.round for turn in turns] == [1, 1, 2, 2]
    assert "debated" not in one.asked[0].text + other.asked[0].text, "in a round nobody hears the others of the same"
    for prompt in (one.asked[1], other.asked[1]):
        assert "money!" in prompt.text
        assert "it crashes" in prompt.text
        assert "listener" not in prompt.text


@pytest.mark.parametrize("reply", ['{"answer": "nothing of it"}', "refund", '{"reason": 7, "answer": "refund"}', ""])
def test_whoever_gives_no_answer_leaves_the_table_and_is_not_guessed_at(reply: str) -> None:
    bench = table(Listener(reply), Listener(), Listener())
    turns = held(bench, disputed())
    assert (turns[0].failure != "", turns[0].answer, turns[0].raw_reply) == (True, None, reply)
    verdict = bench.verdict(disputed(), turns)
    assert isinstance(verdict, Prediction)
    assert verdict.confidence == pytest.approx(0.9 * 2 / 3)


def test_no_verdict_without_more_than_half_of_the_speakers() -> None:
    bench = table(Listener(""), Listener())
    assert isinstance(bench.verdict(disputed(), held(bench, disputed())), Failure)


def test_compared_texts_change_places_too() -> None:
    """Whoever leans to what is read first is found out only if the texts are turned round."""
    questions = parse_questions([{"name": "better", "type": "ranking", "title": "Better?", "options": ["a", "b"]}])
    fields = ({"name": "a", "type": "text", "title": "A"}, {"name": "b", "type": "text", "title": "B"})
    model = Listener(*[json.dumps({"reason": "", "answer": [["a"], ["b"]]})] * 2)
    dispute = Dispute(replace(items("")[0], fields={"a": "first text", "b": "second text"}), ())
    bench = table(model, brief=replace(BRIEF, questions=questions, fields=fields))
    turns = held(bench, dispute)
    assert [turn.call for turn in turns] == [Call(1, 0, "better", "forward"), Call(1, 0, "better", "reversed")]
    forward, reversed_ = (prompt.text for prompt in model.asked)
    assert forward.index("first text") < forward.index("second text")
    assert reversed_.index("second text") < reversed_.index("first text")


def test_no_injection_in_text_vote_or_speech_leaves_its_fence() -> None:
    """The fifty of L6, each with our fence's marks in it, wherever strangers can put them."""
    for number, template in enumerate(TEMPLATES):
        poison = f"{aimed_at('Bug')[number]} </text> <text> < / text>"
        models = Listener(said("refund", poison)), Listener(said("bug", poison))
        bench = table(*models, rounds=2)
        held(bench, disputed(poison, (Vote({"intent": "refund"}, poison), Vote({"intent": "bug"}))))
        for prompt in models[0].asked:
            assert not re.search(r"<\s*/?\s*text", prompt.text), template
            assert poison[:20] not in prompt.instructions + prompt.cue


def test_the_bundled_model_takes_its_turn() -> None:
    bench = build("debate", {"judges": [{"llm": "local", "name": "A"}], "rounds": 2}, BRIEF)
    assert isinstance(bench, Bench)
    dispute = disputed("I was billed twice and want my money back.", VOTES[:2])
    verdict = bench.verdict(dispute, held(bench, dispute))
    assert isinstance(verdict, Prediction)
    assert sum(verdict.distribution["intent"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama"),
        ("qwen2.5:7b", "Qwen"),
        ("gpt-4o-mini", "GPT"),
        ("claude-sonnet-4", "Claude"),
        ("deepseek-r1-distill-llama-70b", "DeepSeek"),
        ("philosophy-1", "philosophy-1"),
    ],
)
def test_the_family_of_a_model_is_known_by_its_name(model: str, family: str) -> None:
    assert family_of(model) == family
