"""Texts near errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.synthesis.base import InvalidParameters, Role
from annotation.synthesis.error_seeded import ErrorSeeded
from tests.synthesis.cast import SEEDS, play, screened, scripted, work

PARCEL, APP = SEEDS


def test_new_texts_are_written_near_what_the_asked_model_gets_wrong_and_near_nothing_else() -> None:
    model = scripted(
        {"asked": "one of: 'refund'", "answer": "bug"},
        {"contains": "parcel", "answer": "My lamp came without its shade; I want what I paid."},
    )
    played = play(ErrorSeeded(), work(student="asked", variants=2), model)
    assert played == play(ErrorSeeded(), work(student="asked", variants=2), model)
    assert [(each.parents, each.answers, each.operation, each.requests) for each in played.passed] == [
        ((1,), {"intent": "refund"}, "error_seeded: refund", (0, 2)),
        ((1,), {"intent": "refund"}, "error_seeded: refund", (0, 3)),
    ]
    assert played.passed[0].fields == {"text": "My lamp came without its shade; I want what I paid."}
    assert [(each.role, each.index, each.parents) for each in played.requests] == [
        (Role.CHECKER, 0, (1,)),
        (Role.CHECKER, 0, (2,)),
        (Role.GENERATOR, 0, (1,)),
        (Role.GENERATOR, 1, (1,)),
    ]
    assert "“Refund” is right" in played.requests[2].prompt.instructions
    assert screened(ErrorSeeded(), work(), played.candidates) == {"kept": 1, "near_duplicate": 1}


def test_a_model_that_is_always_right_leaves_nothing_to_write() -> None:
    model = scripted({"contains": "parcel", "answer": "refund"}, {"contains": "app", "answer": "bug"})
    played = play(ErrorSeeded(), work(student="asked"), model)
    assert not played.outcomes and len(played.requests) == 2


def test_votes_of_model_annotators_say_what_was_missed_and_nobody_is_asked_again() -> None:
    missed = replace(APP, missed=("intent", "tone"))
    asked = work(PARCEL, missed, variants=1)
    played = play(ErrorSeeded(), asked, scripted(answer="Nothing happens when I press play."))
    assert [each.parents for each in played.candidates] == [(2,)]
    assert [each.role for each in played.requests] == [Role.GENERATOR]
    assert ErrorSeeded().expected_requests(asked) == 1
    with pytest.raises(InvalidParameters, match="No model annotator") as refused:
        ErrorSeeded().check(work(PARCEL, replace(APP, missed=("tone",))))
    assert refused.value.where == "student"


@pytest.mark.parametrize(("asked", "places"), [("one of: 'refund'", (0,)), ("practise", (0, 1))])
def test_a_refusal_at_either_step_is_kept_and_is_no_error_of_the_student(asked: str, places: tuple[int, ...]) -> None:
    model = scripted({"asked": asked, "fault": "refusal"}, {"asked": "one of: 'refund'", "answer": "bug"})
    (outcome,) = play(ErrorSeeded(), work(PARCEL, student="asked", variants=1), model).unparsed
    assert outcome.requests == places and outcome.parents == (1,) and outcome.raw
