"""Recipes in which a model learns from what it made itself: star, rest."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from annotation.questions import parse_questions
from annotation.synthesis.base import InvalidParameters, Seed, Work
from annotation.synthesis.known_answers import final_answer, find_known, is_same
from annotation.synthesis.responding import response_prompt
from annotation.synthesis.rest import Rest, nearness
from annotation.synthesis.star import Star
from tests.synthesis.cast import PAIR_SEEDS, SEEDS, Draws, Played, pairs_work, play, scripted, work

PROBLEM_FIELDS = tuple(
    {"name": name, "type": "text", "title": name.title()} for name in ("problem", "reasoning", "answer")
)
GOOD_QUESTION = parse_questions([{"name": "remark", "type": "text", "title": "Remark"}])
PROBLEMS = (("What are 6 times 7?", "#### 42"), ("What are 10,000 less 1?", "9,999"), ("What are 2 and 2?", ""))
PROBLEM_SEEDS = tuple(
    Seed(n, {"problem": text, "answer": answer} if answer else {"problem": text}, {}, n)
    for n, (text, answer) in enumerate(PROBLEMS, 1)
)


def problems(*seeds: Seed, **parameters: Any) -> Work:
    """On a project whose known answers stand in a field."""
    return Work(seeds or PROBLEM_SEEDS, PROBLEM_FIELDS, GOOD_QUESTION, "", parameters, random.Random(4))


def said(reasoning: str, answer: str) -> dict[str, str]:
    return {"reasoning": reasoning, "answer": answer}


def test_numbers_are_the_same_by_value_and_all_else_by_its_words() -> None:
    assert is_same("42", " 42.0 ") and is_same("9,999", "$9999.") and is_same("The Ebro", "the ebro!")
    assert is_same("+", "+") and not is_same("42", "41") and not is_same("?", "!")
    assert final_answer("6 times 7 … The answer is 41? No.\n#### 42") == "42"
    assert final_answer("Madrid") == "Madrid"


def test_what_is_right_is_kept_and_what_was_wrong_is_tried_again_with_the_answer() -> None:
    replies = [
        said("Six sevens are 42.", "42"),
        said("I guess.", "9,000"),  # told, now:
        said("10,000 less one thousandth…", "9999"),
    ]
    played = play(Star(), problems(rounds=1), Draws("Solve the problem", replies))
    first, wrong, told = played.candidates
    assert (first.fields["reasoning"], first.hinted, first.operation) == ("Six sevens are 42.", False, "star")
    assert first.fields["problem"] == PROBLEMS[0][0] and first.rationale == "Six sevens are 42."
    assert [(each.filter, each.passed, each.value) for each in wrong.verdicts] == [("known answer", False, "9,000")]
    assert told.hinted and all(each.passed for each in told.verdicts) and told.requests == (2,)
    assert [request.parents for request in played.requests] == [(1,), (2,), (2,)]
    assert played.requests[2].prompt.text.endswith("Right answer: 9,999")
    assert not any("Right answer" in each.prompt.text for each in played.requests[:2])
    assert not played.trainings and not played.unparsed


def test_each_round_learns_from_all_that_was_right_as_if_it_had_not_been_told() -> None:
    replies = [
        said("Six sevens.", "42"),
        said("No.", "0"),
        said("One less.", "9999"),
        # After the training both are solved; the first was an item already.
        said("Seven sixes.", "42"),
        said("Take one away.", "9999"),
    ]
    played = play(Star(), problems(rounds=2, epochs=3), Draws("Solve the problem", replies))
    assert [(each.fields["reasoning"], each.hinted) for each in played.passed] == [
        ("Six sevens.", False),
        ("Take one away.", False),
    ]
    (training,) = played.trainings
    assert training.epochs == 3
    assert [json.loads(reply)["answer"]["reasoning"] for _prompt, reply in training.pairs] == [
        "Six sevens.",
        "One less.",
    ]
    assert [prompt for prompt, _reply in training.pairs] == [each.prompt for each in played.requests[:2]]
    assert [each.index for each in played.requests] == [0, 0, 0, 1, 1]


def test_reasoning_that_speaks_of_the_hint_goes_and_so_does_what_stays_wrong() -> None:
    replies = [
        said("x", "0"),
        said("y", "0"),
        said("Since the right answer is given, 42.", "42"),
        said("Still no.", "1"),
    ]
    played = play(Star(), problems(rounds=2), Draws("Solve the problem", replies, fault="refusal"))
    assert not played.passed and not played.trainings, "nothing was right, so nothing is learned"
    hint = played.candidates[2].verdicts[1]
    assert (hint.filter, hint.passed) == ("hint", False) and "right answer" in hint.reason
    # The second round's replies are refusals, told or not.
    assert [(each.operation, each.requests) for each in played.unparsed] == [
        ("star", (4,)),
        ("star", (5,)),
        ("star: told the answer", (6,)),
        ("star: told the answer", (7,)),
    ]


def test_a_label_is_a_known_answer_and_is_no_part_of_what_reviewers_see() -> None:
    asked = replace(work(rounds=1), fields=({"name": "text", "type": "text"}, {"name": "rationale", "type": "text"}))
    model = scripted(
        {"contains": "parcel", "answer": said("They want money.", "refund")},
        {"contains": "crashes", "answer": said("They want money.", "hacked")},
    )
    played = play(Star(), asked, model)
    (kept,) = played.passed
    assert kept.fields == {"text": SEEDS[0].fields["text"], "rationale": "They want money."}
    assert kept.answers == {"intent": "refund"} and not kept.metadata
    assert [each.reason for each in played.unparsed] == ["answer answer “hacked” was not offered."] * 2


def test_a_project_without_a_place_for_reasoning_or_a_known_answer_is_refused() -> None:
    cases = [
        (work(), "reasoning", "beside “text”"),
        (problems(reasoning="problem"), "reasoning", "beside “problem”"),
        (problems(known="title"), "known", "there is: remark, answer"),
        (problems(PROBLEM_SEEDS[2]), "known", "Of none"),
    ]
    for asked, where, sentence in cases:
        with pytest.raises(InvalidParameters, match=sentence) as refused:
            Star().check(asked)
        assert refused.value.where == where
    assert find_known(problems(), ["problem", "reasoning"]).field == "answer"
    assert find_known(work(), []).question is work().questions[0]


def points(response: str, mark: str) -> dict[str, Any]:
    """What the judge gives to a response."""
    return {"asked": "points", "contains": f"Response: {response}", "answer": {"reason": "So.", "mark": mark}}


def test_responses_that_reach_the_threshold_teach_the_model_and_the_threshold_rises() -> None:
    draws = ["Ebro, Tagus, Douro.", "Rivers.", "Ebro, Tagus, Douro!", "Ebro and Segura.", "Sil, Ebro, Tagus."]
    model = Draws("Respond to what", draws, points("Rivers", "2"), points("Ebro and", "3"), points("", "4"))
    played = play(Rest(), pairs_work(PAIR_SEEDS[0], responses=2, rounds=3, rise=0.2, epochs=1), model)
    assert [(each.operation, each.fields["response"], each.verdicts[0].value) for each in played.candidates] == [
        ("rest: round 1", "Ebro, Tagus, Douro.", 0.8),
        ("rest: round 1", "Rivers.", 0.4),
        ("rest: round 2", "Ebro, Tagus, Douro!", 0.8),
        ("rest: round 2", "Ebro and Segura.", 0.6),
        ("rest: round 3", "Sil, Ebro, Tagus.", 0.8),
        ("rest: round 3", "As scripted.", 0.8),
    ]
    assert [[each.passed for each in candidate.verdicts] for candidate in played.candidates] == [
        [True, True],
        [False],
        [True, False],  # It was said before: right to learn from, and no new item.
        [False],
        [False],
        [False],
    ]
    assert "this round asks for 1" in played.candidates[-1].verdicts[0].reason
    prompt = response_prompt("Name three rivers in Spain.")
    assert [each.pairs for each in played.trainings] == [
        ((prompt, '{"answer": "Ebro, Tagus, Douro."}'),),
        ((prompt, '{"answer": "Ebro, Tagus, Douro!"}'),),
    ]
    assert [each.index for each in played.requests if each.prompt == prompt] == [0, 1, 2, 3, 4, 5]
    assert played.candidates[0].requests == (0, 2) and played.candidates[1].requests == (1, 3)


def test_nearness_to_the_known_answer_is_a_reward_that_asks_nobody() -> None:
    assert nearness("6 times 7.\n#### 42", "The answer is 42.") == 1.0
    assert nearness("the cat sat", "the cat slept") == pytest.approx(2 / 3)
    known = PAIR_SEEDS[0].fields["response"]
    draws = [known, "The Ebro, the Tagus and the Sil.", "None."]
    asked = pairs_work(PAIR_SEEDS[0], reward="known", responses=3, rounds=1, threshold=0.7)
    played = play(Rest(), asked, Draws("Respond to what", draws))
    assert len(played.requests) == 3 == Rest().expected_requests(asked)
    assert [(each.fields["response"], [v.passed for v in each.verdicts]) for each in played.candidates] == [
        (known, [True, False]),
        (draws[1], [True, True]),
        (draws[2], [False]),
    ]


def test_a_judge_without_points_leaves_no_reward_and_places_that_do_not_fit_are_refused() -> None:
    model = Draws("Respond to what", ["Ebro."], points("Ebro", "6"))
    (outcome,) = play(Rest(), pairs_work(PAIR_SEEDS[0], responses=1, rounds=1), model).unparsed
    assert "“6” was not offered" in outcome.reason and outcome.requests == (0, 1)
    with pytest.raises(InvalidParameters, match="is a question") as refused:
        Rest().check(replace(problems(), parameters={"output": "remark"}))
    assert refused.value.where == "output"
    bare = Seed(1, {"prompt": "Name three rivers."}, {}, 1)
    Rest().check(pairs_work(bare))
    with pytest.raises(InvalidParameters, match="come near to"):
        Rest().check(pairs_work(bare, reward="known"))


def test_a_run_that_is_played_again_asks_learns_and_makes_the_same() -> None:
    replies = [said("Six sevens.", "42"), said("No.", "0"), said("One less.", "9999")]

    def taught() -> Played:
        return play(Star(), problems(rounds=2), Draws("Solve the problem", replies))

    def grown() -> Played:
        return play(Rest(), pairs_work(responses=2), Draws("Respond to what", ["Ebro."], points("Ebro", "5")))

    for played in (taught, grown):
        first, again = played(), played()
        assert first == again and first.trainings and first.candidates
        assert all(place < len(first.requests) for each in first.outcomes for place in each.requests)
