"""Recipes that make instructions: self_instruct, evol, persona, reverse_instruct."""

from __future__ import annotations

import json
import random

import pytest

from annotation.project_templates import FOLDER
from annotation.questions import check_fields, parse_questions
from annotation.synthesis.base import InvalidParameters, Role, Seed, Work
from annotation.synthesis.evol import Evol, elimination
from annotation.synthesis.instructions import Task, find_slots, input_of
from annotation.synthesis.persona import Persona
from annotation.synthesis.reverse_instruct import ReverseInstruct
from annotation.synthesis.self_instruct import SelfInstruct
from tests.synthesis.cast import PAIR_SEEDS, pairs_work, play, screened, scripted, work

NEW = ["Write a limerick about a lighthouse keeper.", "Is this headline about sport? Answer yes or no."]


def written_project() -> Work:
    """The template in which people write instruction and answer."""
    template = json.loads((FOLDER / "instruction.json").read_text("utf-8"))
    fields = tuple(check_fields(template["fields"]))
    questions = parse_questions(template["questions"], fields)
    answers = {"task": "summary", "instruction": "Sum up the minutes.", "answer": "The budget passed."}
    seeds = (Seed(1, {"source": "Minutes, 3 March."}, answers, 1),)
    return Work(seeds, fields, questions, "", {}, random.Random(1))


def test_a_task_is_found_in_fields_by_their_names_and_in_written_answers() -> None:
    slots = find_slots(pairs_work())
    assert slots.task(PAIR_SEEDS[0]) == Task("Name three rivers in Spain.", "", "The Ebro, the Tagus and the Douro.")
    assert slots.item(Task("Translate.", "Hallo", "Hello")) == (
        {"prompt": "Translate.\n\nHallo", "response": "Hello"},
        {},
    )
    project = written_project()
    slots = find_slots(project)
    assert slots.task(project.seeds[0]) == Task("Sum up the minutes.", "Minutes, 3 March.", "The budget passed.")
    assert slots.item(Task("Translate.", "Hallo", "Hello")) == (
        {"source": "Translate.\n\nHallo"},
        {"instruction": "Translate.", "answer": "Hello"},
    )
    assert (input_of("None."), input_of("<noinput>"), input_of("No news")) == ("", "", "No news")
    with pytest.raises(InvalidParameters, match="no place for the answer"):
        find_slots(work())
    with pytest.raises(InvalidParameters, match="“title” is no field"):
        find_slots(pairs_work(instruction="title"))


def test_self_instruct_asks_label_first_of_classification_and_keeps_out_what_is_near_the_pool() -> None:
    model = scripted(
        {"contains": "1. ", "answer": [f"1. {NEW[0]}", f"2) {NEW[1]}", "- Name three rivers in Spain!", "Go"]},
        {"contains": "headline", "asked": "classification", "answer": "yes"},
        {"contains": "headline", "answer": {"output": "yes", "input": "Rovers win the cup"}},
        {"contains": "limerick", "asked": "classification", "answer": "no"},
        {"contains": "limerick", "answer": {"input": "none", "output": "There was a keeper at sea."}},
    )
    played = play(SelfInstruct(), pairs_work(tasks=2), model)
    assert [(each.operation, each.fields) for each in played.passed] == [
        ("input first", {"prompt": NEW[0], "response": "There was a keeper at sea."}),
        ("label first", {"prompt": f"{NEW[1]}\n\nRovers win the cup", "response": "yes"}),
    ]
    assert list(played.requests[-1].schema["properties"]["answer"]["properties"]) == ["output", "input"]  # type: ignore[index]
    refused = {each.fields["prompt"]: each.verdicts[0] for each in played.candidates if each not in played.passed}
    assert refused["Name three rivers in Spain!"].value == 1.0
    assert "3 to 150 words" in refused["Go"].reason
    assert played.requests[0].prompt.text.count("\n") + 1 == 4, "as many seeds as there are, up to six"
    assert screened(SelfInstruct(), pairs_work(), played.candidates) == {"kept": 2, "new task": 2}


def test_self_instruct_ends_with_a_model_that_repeats_itself_and_refuses_a_single_seed() -> None:
    played = play(SelfInstruct(), pairs_work(tasks=30), scripted({"contains": "1. ", "answer": NEW[:1]}, answer="no"))
    assert len(played.passed) <= 1 and len(played.requests) < 60
    with pytest.raises(InvalidParameters, match="two items"):
        SelfInstruct().check(pairs_work(PAIR_SEEDS[0]))


def test_evolution_goes_on_from_what_stood_and_shows_what_was_eliminated() -> None:
    harder = "Name three rivers in Spain that flow into the Atlantic."
    model = scripted(
        {"contains": "First:", "answer": "no"},
        {"contains": "Atlantic", "asked": "respond to", "answer": "The Tagus, the Douro and the Guadiana."},
        {"contains": "Atlantic", "answer": "Sorry instruction"},
        {"contains": "Sorry", "answer": "Sorry, no."},
        {"contains": "rivers", "answer": harder},
    )
    played = play(Evol(), pairs_work(PAIR_SEEDS[0], rounds=2, way="depth"), model)
    first, second = played.candidates
    assert first.verdicts[0].passed and first.fields["prompt"] == harder and first.metadata == {"round": 1}
    assert not second.verdicts[0].passed and second.requests == (3, 4, 5)
    assert played.requests[3].prompt.text == harder
    assert [request.role for request in played.requests[:3]] == [Role.GENERATOR, Role.GENERATOR, Role.CHECKER]


@pytest.mark.parametrize(
    ("after", "response", "same", "passed"),
    [
        ("Name four rivers.", "Ebro, Tagus, Douro, Segura.", False, True),
        ("Name four rivers.", "Ebro, Tagus, Douro, Segura.", True, False),
        ("name three RIVERS!", "Ebro, Tagus, Douro.", False, False),
        ("Name four rivers.", "I am so sorry, that is too hard.", False, False),
        ("Name four rivers.", "And so, of it!", False, False),
        ("#Rewritten Prompt# Name four rivers.", "Ebro, Tagus, Douro, Segura.", False, False),
    ],
)
def test_each_rule_of_elimination_takes_out_what_it_is_for(after: str, response: str, same: bool, passed: bool) -> None:
    assert elimination("Name three rivers.", after, response, same).passed is passed


def test_personas_write_labelled_texts_evenly_and_nobody_twice() -> None:
    model = scripted({"contains": "Person:", "answer": "Where is the menu gone?"}, answer="A nurse who works at night.")
    played = play(Persona(), work(variants=4), model)
    assert sorted(each.answers["intent"] for each in played.candidates) == ["bug", "bug", "refund", "refund"]
    assert {each.metadata["persona"] for each in played.candidates} == {"A nurse who works at night."}
    assert [each.reason for each in played.unparsed] == [
        "Another persona is nearly the same: A nurse who works at night."
    ]


def test_personas_ask_for_what_they_want_and_are_answered() -> None:
    model = scripted(
        {"asked": "the person asks", "answer": "How do I dye wool?"},
        {"asked": "the response:", "answer": "With onion skins."},
    )
    played = play(Persona(), pairs_work(PAIR_SEEDS[0], makes="tasks", variants=1), model)
    assert [each.fields for each in played.candidates] == [
        {"prompt": "How do I dye wool?", "response": "With onion skins."}
    ]


def test_a_text_becomes_the_response_to_the_instruction_that_was_written_for_it() -> None:
    model = scripted(
        {"asked": "judge how good", "contains": "Ebro", "answer": "5"},
        {"asked": "judge how good", "answer": "2"},
        answer="Which rivers does Spain have?",
    )
    played = play(ReverseInstruct(), pairs_work(*PAIR_SEEDS[:2]), model)
    (kept,) = played.passed
    assert kept.fields == {"prompt": "Which rivers does Spain have?", "response": "The Ebro, the Tagus and the Douro."}
    assert [request.role for request in played.requests].count(Role.JUDGE) == 2
    with pytest.raises(InvalidParameters, match="holds the texts"):
        ReverseInstruct().check(pairs_work(instruction="response", output="prompt", texts="response"))
