"""Solutions cut into steps."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from annotation.questions import Question, check_fields, parse_questions, type_of
from annotation.synthesis.base import InvalidParameters, Role, Seed, Work
from annotation.synthesis.step_labels import MOST_STEPS, StepLabels, steps_of
from tests.synthesis.cast import play, scripted

FIELDS = tuple(check_fields([{"name": name, "type": "text"} for name in ("problem", "solution", "step")]))
OPTIONS = [{"value": "good", "title": "Right"}, {"value": "bad", "title": "Wrong"}]
EACH = parse_questions([{"name": "right", "type": "choice", "title": "Is the step right?", "options": OPTIONS}], FIELDS)
WHOLE = parse_questions(
    [{"name": "marks", "type": "spans", "title": "Which steps?", "field": "solution", "options": OPTIONS}], FIELDS
)
PROBLEM = "What are 6 times 7, less 2?"
CUT = Seed(1, {"problem": PROBLEM, "solution": "6 times 7 are 42. 42 less 2 are 41."}, {}, 1)
BARE = Seed(2, {"problem": PROBLEM}, {}, 2)
JUDGED: tuple[dict[str, Any], ...] = (
    {"asked": "judge", "contains": "Last step: 42 less 2 are 41.", "answer": "bad"},
    {"asked": "judge", "answer": "good"},
)


def solved(*seeds: Seed, questions: tuple[Question, ...] = EACH, **parameters: Any) -> Work:
    return Work(seeds, FIELDS, questions, "", parameters, random.Random(2))


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("6 times 7 are 42. 42 less 2 are 40.", ["6 times 7 are 42.", "42 less 2 are 40."]),
        ("First this.\n\n  Then   that. And more.\n", ["First this.", "Then that. And more."]),
        ("1. Take 3.5 kg. 2. Add e.g. 5 eggs!", ["1. Take 3.5 kg.", "2. Add e.g. 5 eggs!"]),
        ("One sentence without an end", ["One sentence without an end"]),
        (" \n", []),
    ],
)
def test_a_solution_is_cut_at_its_lines_or_else_at_its_sentences(text: str, steps: Sequence[str]) -> None:
    assert steps_of(text) == steps


def test_every_step_is_an_item_with_the_steps_before_it_and_the_judges_mark_out_of_sight() -> None:
    played = play(StepLabels(), solved(CUT), scripted(*JUDGED))
    assert [(each.fields, each.answers, each.metadata, each.requests) for each in played.passed] == [
        ({"problem": PROBLEM, "step": "6 times 7 are 42."}, {"right": "good"}, {"step": 1, "of": 2}, (0,)),
        (
            {"problem": PROBLEM, "solution": "6 times 7 are 42.", "step": "42 less 2 are 41."},
            {"right": "bad"},
            {"step": 2, "of": 2},
            (1,),
        ),
    ]
    assert {each.role for each in played.requests} == {Role.JUDGE}
    assert len(played.requests) == StepLabels().expected_requests(solved(CUT))
    assert "Steps before: (none)" in played.requests[0].prompt.text
    assert "41" not in played.requests[0].prompt.text, "a step is judged by what stands before it"


def test_where_spans_are_marked_a_solution_is_one_item_with_a_span_on_every_line() -> None:
    (candidate,) = play(StepLabels(), solved(CUT, questions=WHOLE), scripted(*JUDGED)).passed
    assert candidate.fields == {"problem": PROBLEM, "solution": "6 times 7 are 42.\n42 less 2 are 41."}
    marks = type_of(WHOLE[0]).clean(WHOLE[0], candidate.answers["marks"], candidate.fields)
    assert [(each["text"], each["label"]) for each in marks] == [
        ("6 times 7 are 42.", "good"),
        ("42 less 2 are 41.", "bad"),
    ]
    assert candidate.requests == (0, 1)


def test_what_has_no_solution_yet_is_solved_by_a_model_step_by_step() -> None:
    model = scripted(*JUDGED, {"asked": "solve", "answer": ["6 times 7\nare 42.", "42 less 2 are 41."]})
    played = play(StepLabels(), solved(CUT, BARE, questions=WHOLE), model)
    assert played == play(StepLabels(), solved(CUT, BARE, questions=WHOLE), model)
    assert [(each.operation, each.parents, each.requests) for each in played.passed] == [
        ("step_labels: cut", (1,), (1, 2)),
        ("step_labels: written", (2,), (0, 3, 4)),
    ]
    assert played.candidates[1].fields["solution"] == "6 times 7 are 42.\n42 less 2 are 41."


def test_a_mark_that_is_none_costs_its_step_or_the_whole_where_spans_are_marked() -> None:
    model = scripted({"asked": "judge", "contains": "Last step: 42", "answer": "so-so"}, JUDGED[1])
    played = play(StepLabels(), solved(CUT), model)
    assert len(played.passed) == 1 and [each.requests for each in played.unparsed] == [(1,)]
    assert "“so-so” was not offered" in played.unparsed[0].reason
    (outcome,) = play(StepLabels(), solved(CUT, questions=WHOLE), model).outcomes
    assert outcome.requests == (1,)
    unsolved = play(StepLabels(), solved(BARE), scripted({"asked": "solve", "answer": ["42."]}))
    assert "not a list of 2 to 40" in unsolved.unparsed[0].reason and len(unsolved.requests) == 1
    long = Seed(3, {"problem": PROBLEM, "solution": "So.\n" * (MOST_STEPS + 1)}, {}, 3)
    endless = play(StepLabels(), solved(long))
    assert endless.unparsed[0].reason == "It has 41 steps, more than 40." and not endless.requests


def test_a_project_without_a_place_for_steps_or_a_fitting_question_is_refused() -> None:
    written = parse_questions([{"name": "remark", "type": "text", "title": "Remark"}])
    cases = [
        (solved(CUT, questions=written), "question", "chooses one option"),
        (solved(CUT, question="marks"), "question", "there is: right"),
        (solved(CUT, questions=WHOLE, solution="step"), "solution", "there the solution is to stand"),
        (solved(CUT, field="solution", questions=WHOLE), "solution", "beside the problem"),
        (solved(CUT, step="problem"), "step", "there is: solution, step"),
        (solved(Seed(1, {"solution": "So."}, {}, 1)), "field", "None of the chosen"),
    ]
    for work, where, sentence in cases:
        with pytest.raises(InvalidParameters, match=sentence) as refused:
            StepLabels().check(work)
        assert refused.value.where == where
