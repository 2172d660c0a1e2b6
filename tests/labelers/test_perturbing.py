"""Eight ways to put one question, and what their votes amount to."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from annotation.labelers import Failure, InvalidConfig, Prediction, build, check_config
from annotation.labelers.asking import Subject
from annotation.labelers.balloting import wordings
from annotation.labelers.perturbing import PLAIN, VARIATIONS, lead_in, question_in, variations
from annotation.labelers.pooling import Ballot, Spoilt, pooled, vote_entropy
from annotation.questions import Question
from tests.labelers.cast import BRIEF, QUESTIONS, items

NAMES = ("one", "two", "three", "four")
SUBJECT = Subject("Where is my refund?", (("Give it back.", "refund"),))


def titled(title: str) -> Question:
    return replace(QUESTIONS[0], title=title)


def vote(answer: str, share: float) -> Ballot:
    others = {value: (1 - share) / 2 for value in QUESTIONS[0].values if value != answer}
    return Ballot(answer, {answer: share, **others}, share, answer, tokens=3)


@pytest.mark.parametrize("title", ["Intent", "What does the customer want?"])
@pytest.mark.parametrize("config", [{}, {"lead": "This customer wants a"}, {"list_options": True}])
def test_all_eight_differ_whether_options_are_scored_or_replied(title: str, config: dict[str, object]) -> None:
    ways = wordings({**config, "perturbations": 8}, BRIEF, titled(title), "")
    assert len({way.name for way in ways}) == len(VARIATIONS) == 8
    assert len({way.scoring(SUBJECT) for way in ways}) == 8
    assert len({way.replying(SUBJECT) for way in ways}) == 8
    for way in ways:
        for prompt in (way.scoring(SUBJECT), way.replying(SUBJECT)):
            assert prompt.text == "Where is my refund?"
            assert prompt.instructions.startswith(BRIEF.guidelines)
            assert "Give it back." in prompt.instructions


def test_the_variations_move_the_question_turn_the_options_and_drop_the_list() -> None:
    options = {(variation.last, variation.listing) for variation in VARIATIONS}
    assert len(options) >= 5
    assert len({variation.phrase for variation in VARIATIONS}) == 3
    assert variations(0) == variations(1) == (PLAIN,)


def test_titles_are_put_into_sentences_as_they_are() -> None:
    assert lead_in(PLAIN, titled("Intent")) == "The intent of this text is"
    assert lead_in(PLAIN, titled("URL type")) == "The URL type of this text is"
    assert lead_in(PLAIN, titled("Is it spam?")) == "The answer is"
    assert question_in(PLAIN, titled("{noun} {0}")) == "Which {noun} {0} fits this text best?"


def test_votes_that_agree_have_no_entropy_and_a_tie_has_the_most() -> None:
    assert vote_entropy(["a"] * 7) == 0
    assert vote_entropy(["a", "b"]) == pytest.approx(math.log(2))
    assert vote_entropy(["a", "a", "b"]) == pytest.approx(-(2 / 3) * math.log(2 / 3) - math.log(1 / 3) / 3)


def test_the_distribution_is_the_mean_and_the_entropy_that_of_the_votes() -> None:
    ballot = pooled(QUESTIONS[0], NAMES[:3], [vote("bug", 0.9), vote("bug", 0.6), vote("refund", 0.6)], {})
    assert isinstance(ballot, Ballot)
    assert ballot.distribution == pytest.approx({"bug": 1.7 / 3, "refund": 0.85 / 3, "billing": 0.45 / 3})
    assert (ballot.answer, ballot.tokens) == ("bug", 9)
    assert ballot.entropy == pytest.approx(vote_entropy(["bug", "bug", "refund"]))
    record = json.loads(ballot.raw_reply)
    assert record["vote_entropy"] == ballot.entropy
    assert [(said["wording"], said["vote"]) for said in record["wordings"]] == list(
        zip(NAMES, ["bug", "bug", "refund"], strict=False)
    )


def test_a_wording_that_failed_is_kept_and_more_than_half_must_answer() -> None:
    lost = Spoilt("The reply is not JSON", "{tru", tokens=2)
    ballot = pooled(QUESTIONS[0], NAMES[:3], [vote("bug", 0.9), lost, vote("bug", 0.9)], {})
    assert isinstance(ballot, Ballot) and ballot.entropy == 0
    assert json.loads(ballot.raw_reply)["wordings"][1] == {
        "wording": "two", "vote": None, "reason": "The reply is not JSON", "reply": "{tru"
    }  # fmt: skip
    busy = Spoilt("Too many requests", retryable=True, retry_after=9)
    none = pooled(QUESTIONS[0], NAMES, [vote("bug", 0.9), lost, busy, vote("bug", 0.9)], {})
    assert isinstance(none, Spoilt)
    assert (none.reason, none.retryable, none.retry_after, none.tokens) == ("The reply is not JSON", True, 9, 8)
    assert "{tru" in none.raw_reply


def test_the_bundled_model_votes_seven_times_and_says_how_much_it_wavered() -> None:
    config = {"llm": "local", "perturbations": 7}
    once, seven = (
        build("prompted", asked, BRIEF).label(items("Please refund the order.")) for asked in ({"llm": "local"}, config)
    )
    (single,), (result,) = once, seven
    assert isinstance(single, Prediction) and isinstance(result, Prediction)
    assert single.entropy == {}
    assert 0 <= result.entropy["intent"] <= math.log(3)
    assert sum(result.distribution["intent"].values()) == pytest.approx(1)
    assert result.tokens > 6 * single.tokens
    record = json.loads(result.raw_reply)
    assert len(record["wordings"]) == 7
    assert vote_entropy([said["vote"] for said in record["wordings"]]) == pytest.approx(record["vote_entropy"])


def test_seven_refusals_are_one_failure() -> None:
    config = {"llm": "scripted", "perturbations": 7, "script": {"default": {"fault": "refusal"}}}
    (result,) = build("prompted", config, BRIEF).label(items("hello"))
    assert isinstance(result, Failure)
    assert result.raw_reply.count("I'm sorry") == 7


def test_seven_huge_replies_keep_no_more_than_one() -> None:
    config = {"llm": "scripted", "perturbations": 7, "script": {"default": {"fault": "huge"}}}
    (result,) = build("prompted", config, BRIEF).label(items("hello"))
    assert isinstance(result, Failure)
    assert 10_000 < len(result.raw_reply) < 30_000


@pytest.mark.parametrize("count", [-1, 9, True, "7", 2.0])
def test_the_number_of_wordings_is_a_number_of_wordings_that_exist(count: object) -> None:
    with pytest.raises(InvalidConfig, match="perturbations"):
        check_config("prompted", {"llm": "local", "perturbations": count})
