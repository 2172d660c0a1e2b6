"""Recipes that make two responses to compare: pairs, self_reward."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotation.llms import ModelError, Prompt, Reply
from annotation.llms.base import Sampling, Schema
from annotation.project_templates import FOLDER
from annotation.questions import check_fields, parse_questions
from annotation.synthesis.base import InvalidParameters, Role, Seed, Work
from annotation.synthesis.pairs import ASPECTS, Pairs
from annotation.synthesis.self_reward import SelfReward
from tests.synthesis.cast import Draws, Played, play, scripted, work

PROMPT = "How do I keep basil alive in winter?"
GOOD, FAIR, POOR = "Give it light and little water.", "Water it.", "Basil is an herb."


def preference_work(*prompts: str, **parameters: Any) -> Work:
    """On the template in which people compare two responses."""
    template = json.loads((FOLDER / "preference.json").read_text("utf-8"))
    fields = tuple(check_fields(template["fields"]))
    questions = parse_questions(template["questions"], fields)
    seeds = tuple(Seed(n, {"prompt": text}, {}, n) for n, text in enumerate(prompts or (PROMPT,), 1))
    return Work(seeds, fields, questions, "", parameters, random.Random(3))


def draws(said: Sequence[str], *rules: Mapping[str, Any]) -> Draws:
    """Responds with one after the other."""
    return Draws("Respond to what", said, *rules)


def marks(mark: int) -> dict[str, str]:
    return dict.fromkeys(ASPECTS, str(mark))


MARKED = (
    {"asked": "each aspect", "contains": GOOD, "answer": marks(5) | {"honesty": "4"}},
    {"asked": "each aspect", "contains": FAIR, "answer": marks(3)},
    {"asked": "each aspect", "contains": POOR, "answer": marks(2)},
)
GOOD_FIRST = f"First response: {GOOD}"


def choosing(first: str, swapped: str) -> list[dict[str, Any]]:
    """What the judge says where the better one comes first, and where it comes second."""
    return [
        {"asked": "better response", "contains": GOOD_FIRST, "answer": first},
        {"asked": "better response", "answer": swapped},
    ]


def test_best_and_worst_become_an_item_of_a_preference_project_on_sides_drawn_by_lot() -> None:
    model = draws([FAIR, GOOD, POOR, GOOD] * 12, *MARKED, *choosing("1", "2"))
    played = play(Pairs(), preference_work(*(f"{PROMPT} {n}" for n in range(12))), model)
    first = played.passed[0]
    assert len(played.passed) == 12
    assert [(each.filter, each.value) for each in first.verdicts] == [("margin", 2.75), ("either order", "1, 2")]
    for each in played.passed:
        [[better], [worse]] = each.answers["preference"]
        assert (each.fields[better], each.fields[worse]) == (GOOD, POOR) and not each.metadata
    assert {each.answers["preference"][0][0] for each in played.passed} == {"response_a", "response_b"}
    # Of each batch all draws come first, the marks of wordings that differ next, both orders last.
    assert [played.requests[place].role for place in first.requests] == [
        *(Role.GENERATOR, Role.JUDGE) * 2,
        *(Role.JUDGE, Role.JUDGE),
    ]
    assert [played.requests[place].index for place in first.requests[::2]] == [1, 2, 0]
    one = preference_work()
    assert len(play(Pairs(), one, draws([FAIR, GOOD, POOR, "Move it."], *MARKED, *choosing("1", "2"))).requests) == (
        Pairs().expected_requests(one)
    )


@pytest.mark.parametrize(
    ("said", "failed"),
    [(("1", "1"), "depends on which"), (("tie", "2"), "depends on which"), (("2", "1"), "marked lower")],
)
def test_a_judge_that_does_not_choose_the_same_in_either_order_drops_the_pair(
    said: tuple[str, str], failed: str
) -> None:
    played = play(Pairs(), preference_work(responses=2), draws([GOOD, POOR], *MARKED, *choosing(*said)))
    (candidate,) = played.candidates
    assert candidate.verdicts[0].passed and not candidate.verdicts[1].passed
    assert failed in candidate.verdicts[1].reason and candidate.verdicts[1].value == ", ".join(said)


def test_too_small_a_margin_drops_the_pair_before_anything_is_compared() -> None:
    played = play(Pairs(), preference_work(responses=2, margin=1.5), draws([FAIR, POOR], *MARKED))
    (candidate,) = played.candidates
    assert [(each.filter, each.passed, each.value) for each in candidate.verdicts] == [("margin", False, 1.0)]
    assert len(played.requests) == 4


def test_replies_that_are_no_response_no_marks_and_no_choice_are_kept_as_what_they_were() -> None:
    played = play(Pairs(), preference_work(responses=3), draws(["I'm sorry, I cannot.", GOOD, ""], *MARKED))
    assert [(each.reason, each.requests) for each in played.unparsed] == [
        ("The model refuses.", (0,)),
        ("answer is empty.", (2,)),
        ("There are no two different responses; a higher temperature may help.", (1,)),
    ]
    unmarked = draws([GOOD, POOR], MARKED[0], {"asked": "each aspect", "answer": marks(7)})
    (outcome,) = play(Pairs(), preference_work(responses=2), unmarked).unparsed
    assert "“7” was not offered" in outcome.reason and outcome.requests == (1, 3)
    unchosen = draws([GOOD, POOR], *MARKED, {"asked": "better response", "contains": GOOD_FIRST, "answer": "A"})
    (outcome,) = play(Pairs(), preference_work(responses=2), unchosen).unparsed
    assert outcome.requests == (0, 2, 1, 3, 4)


def test_what_has_no_place_for_two_responses_is_refused() -> None:
    with pytest.raises(InvalidParameters, match="two responses in order"):
        Pairs().check(work())
    with pytest.raises(InvalidParameters, match="does not rank") as refused:
        Pairs().check(preference_work(ranking="reason"))
    assert refused.value.where == "ranking"
    with pytest.raises(InvalidParameters, match="beside both responses") as refused:
        Pairs().check(preference_work(prompt="response_a"))
    assert refused.value.where == "prompt"
    with pytest.raises(InvalidParameters, match="None of the chosen") as refused:
        Pairs().check(replace(preference_work(), seeds=(Seed(1, {"response_a": "Yes."}, {}, 1),)))
    assert refused.value.where == "prompt"


def test_a_prompt_that_several_items_ask_is_asked_once() -> None:
    played = play(Pairs(), preference_work(PROMPT, PROMPT, responses=2), scripted())
    assert {each.parents for each in played.requests} == {(1,)}


class Marks(Draws):
    """Responds with one after the other, and gives the points of each in the same order."""

    def __init__(self, said: Sequence[str], given: Sequence[str]) -> None:
        super().__init__("Respond to what", said)
        self._points = Draws("points", [{"reason": "So.", "mark": mark} for mark in given])

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        if "points" in prompts[0].instructions:
            return self._points.generate(prompts, schema=schema, max_tokens=max_tokens, sampling=sampling)
        return super().generate(prompts, schema=schema, max_tokens=max_tokens, sampling=sampling)


def test_the_model_that_writes_marks_its_own_responses_and_their_means_make_the_pair() -> None:
    asked = preference_work(responses=3, marks=2)
    played = play(SelfReward(), asked, Marks([FAIR, GOOD, POOR], ["3", "3", "5", "4", "0", "2"]))
    (candidate,) = played.passed
    [[better], [worse]] = candidate.answers["preference"]
    assert (candidate.fields[better], candidate.fields[worse]) == (GOOD, POOR)
    assert [(each.filter, each.value) for each in candidate.verdicts] == [("margin", 3.5)]
    assert candidate.requests == (1, 5, 6, 2, 7, 8) and not candidate.metadata
    assert {each.role for each in played.requests} == {Role.GENERATOR}
    assert [each.index for each in played.requests[3:]] == [0, 1] * 3
    assert len(played.requests) == SelfReward().expected_requests(asked)


def test_responses_with_the_same_mark_are_no_pair_and_a_mark_that_is_none_does_not_count() -> None:
    tied = play(SelfReward(), preference_work(responses=2, marks=2), Marks([GOOD, POOR], ["4", "4", "9", "4"]))
    (candidate,) = tied.candidates
    assert not candidate.verdicts[0].passed and "the same mark, 4" in candidate.verdicts[0].reason
    assert [each.requests for each in tied.unparsed] == [(1, 4)]
    alone = play(SelfReward(), preference_work(responses=2, marks=1), Marks([GOOD, POOR], ["4", "9"]))
    assert not alone.candidates and [each.requests for each in alone.unparsed] == [(1, 3)]
    same = play(SelfReward(), preference_work(responses=2, marks=1), Marks([GOOD, GOOD], []))
    assert "no two different" in same.unparsed[0].reason and len(same.requests) == 2


@pytest.mark.parametrize("recipe", [Pairs(), SelfReward()], ids=lambda recipe: recipe.name)
def test_a_run_that_is_played_again_asks_the_same_and_puts_responses_on_the_same_sides(
    recipe: Pairs | SelfReward,
) -> None:
    def played() -> Played:
        asked = preference_work(*(f"{PROMPT} {n}" for n in range(5)), responses=2)
        return play(recipe, asked, draws([GOOD, POOR] * 5, *MARKED, *choosing("1", "2")))

    first, again = played(), played()
    assert first == again and len(first.candidates) == 5
    assert all(place < len(first.requests) for each in first.outcomes for place in each.requests)
