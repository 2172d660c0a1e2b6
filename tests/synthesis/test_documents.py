"""Recipes that start from a domain's documents and responses: chunks, doc_qa, critic_revise."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from annotation.synthesis.base import InvalidParameters, Role, Source
from annotation.synthesis.chunks import chunks_of
from annotation.synthesis.critic_revise import CriticRevise
from annotation.synthesis.doc_qa import DocQa
from tests.synthesis.cast import PAIR_SEEDS, pairs_work, play, screened, scripted

HOURS = "The museum is open from Tuesday to Sunday,\nten to six. Children under twelve need no ticket at all."
PRICES = "A ticket costs nine euros, and five for students who show their card at the desk by the door."
MANUAL = Source(4, "visits.md", f"# Visits\n\n{HOURS}\n\n## Prices\n\n{PRICES}\n\n# Imprint\n\nShort.")
ASK = "When is the museum open?"


def test_pieces_stand_under_their_headings_and_never_reach_across_one() -> None:
    hours, prices = chunks_of(MANUAL)
    assert (hours.heading, hours.text) == (("Visits",), HOURS)
    assert (prices.heading, prices.text) == (("Visits", "Prices"), PRICES)
    assert prices.title == "visits.md › Visits › Prices"


def test_a_comment_in_a_block_of_code_is_no_heading() -> None:
    code = "```make``` does it:\n\n```sh\n# Install it first\nmake\n```"
    [chunk, prices] = chunks_of(Source(1, "a.md", f"# Visits\n\n{HOURS}\n\n{code}\n\n# Prices\n\n{PRICES}"))
    assert (chunk.text, prices.heading) == (f"{HOURS}\n\n{code}", ("Prices",))


def test_long_sections_are_cut_between_paragraphs_then_sentences_then_anywhere() -> None:
    sentence = "One sentence that says something about the opening hours of the house. "
    text = f"{sentence * 3}\n\n{sentence * 3}\n\n{'x' * 950}"
    pieces = [chunk.text for chunk in chunks_of(Source(1, "a", text), 300)]
    assert all(80 <= len(piece) <= 300 for piece in pieces)
    assert pieces[0] == pieces[1] == (sentence * 3).strip()
    assert "".join(pieces[2:]).count("x") >= 900
    assert not list(chunks_of(Source(1, "a", "")))


def test_a_question_stays_where_its_quote_is_in_the_document_and_a_judge_confirms_the_answer() -> None:
    pairs = [
        {"question": ASK, "answer": "Tuesday to Sunday", "quote": "open from Tuesday to Sunday, ten to six."},
        {"question": "Who is free?", "answer": "Children", "quote": "Children under six need no ticket"},
        {"question": "Is it far?", "answer": "No", "quote": "Children under twelve"},
    ]
    model = scripted(
        {"contains": f"Question: {ASK}", "answer": "yes"},
        {"contains": "Question: Is it far?", "answer": "no"},
        {"contains": "ten to six", "answer": pairs},
        {"contains": "nine euros", "answer": "no list"},
    )
    work = replace(pairs_work(questions=3), seeds=(), documents=(MANUAL,))
    played = play(DocQa(), work, model)
    [kept] = played.passed
    assert kept.fields == {"prompt": ASK, "response": "Tuesday to Sunday"}
    assert kept.metadata == {"document": "visits.md", "heading": "Visits"}
    assert kept.rationale == "open from Tuesday to Sunday, ten to six."
    assert [played.requests[place].role for place in kept.requests] == [Role.GENERATOR, Role.JUDGE]
    dropped = {each.fields["prompt"]: each.verdicts[-1] for each in played.candidates if each is not kept}
    assert (dropped["Who is free?"].filter, dropped["Is it far?"].filter) == ("quote", "judge")
    assert len(played.unparsed) == 1
    assert sum(each.role is Role.JUDGE for each in played.requests) == 2, "no judge is paid for a false quote"


def test_documents_are_asked_for_where_there_are_none_to_read() -> None:
    for documents in ((), (Source(1, "a", "Short."),)):
        with pytest.raises(InvalidParameters) as refused:
            DocQa().check(replace(pairs_work(), documents=documents))
        assert refused.value.where == "documents"


def revised(first: str, second: str, revision: str = "The Ebro, the Tagus, the Douro.") -> list[str]:
    """What the judge says of draft and revision, and of revision and draft; the reasons why candidates went."""
    model = scripted(
        {"contains": "Response A: The Ebro, the Tagus and the Douro.", "asked": "Which of two", "answer": first},
        {"contains": "", "asked": "Which of two", "answer": second},
        {"contains": "Critique:", "asked": "anew, so that", "answer": revision},
        {"contains": "", "asked": "Criticise", "answer": "Drop the “and”."},
    )
    played = play(CriticRevise(), pairs_work(PAIR_SEEDS[0]), model)
    assert len(played.requests) == 4
    [candidate] = played.candidates
    assert candidate.fields["response"] == revision
    return [each.reason for each in candidate.verdicts]


def test_a_revision_stays_where_it_wins_in_one_order_and_loses_in_none() -> None:
    assert revised("B", "A") == revised("B", "equal") == [""]
    assert revised("B", "B") == revised("equal", "equal") == ["The judge does not prefer the revision."]
    assert revised("B", "A", "The Ebro, the Tagus and the Douro.") == ["Nothing was revised."]


def test_a_revision_may_be_near_what_it_revises() -> None:
    model = scripted(
        {"contains": "Response A: The Ebro, the Tagus and the Douro.", "asked": "Which of two", "answer": "B"},
        {"contains": "", "asked": "Which of two", "answer": "A"},
        {"contains": "Critique:", "asked": "anew, so that", "answer": "The Ebro, the Tagus and the Guadiana."},
        {"contains": "", "asked": "Criticise", "answer": "One of them is in Portugal."},
    )
    work = pairs_work(PAIR_SEEDS[0])
    assert screened(CriticRevise(), work, play(CriticRevise(), work, model).candidates) == {"kept": 1}


def test_where_there_is_no_response_yet_the_first_draft_is_a_model_s() -> None:
    bare = replace(PAIR_SEEDS[0], fields={"prompt": "Name three rivers in Spain."})
    model = scripted(
        {"contains": "", "asked": "Which of two", "answer": "equal"},
        {"contains": "Critique:", "answer": "Ebro, Tagus, Douro."},
        {"contains": "", "asked": "Criticise", "answer": "Only one."},
        {"contains": "Name three", "answer": "The Ebro."},
    )
    played = play(CriticRevise(), replace(pairs_work(bare), random=random.Random(1)), model)
    assert len(played.requests) == CriticRevise().expected_requests(pairs_work(bare)) == 5
    assert "Response: The Ebro." in played.requests[1].prompt.text
    silent = play(CriticRevise(), pairs_work(bare), scripted({"contains": "Name three", "answer": ""}))
    assert [each.reason for each in silent.unparsed] and not silent.candidates
