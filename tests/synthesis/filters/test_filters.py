"""Each filter lets a good candidate through and stops one that is what it is for."""

from __future__ import annotations

import random
from typing import Any

import pytest
from rouge_score.rouge_scorer import RougeScorer

from annotation.synthesis.base import Candidate
from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.look_alike import resemblance, sketch_of
from annotation.synthesis.filters.neighbours import Neighbours, rouge_l
from annotation.synthesis.filters.registry import FILTERS
from tests.synthesis.cast import FIELDS, PAIR_FIELDS, QUESTIONS, SEEDS

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
SHORT = "What is the tallest mountain of all Africa?"
STORY = " ".join(f"word{number}" for number in range(60))
PARENT = SEEDS[0].fields["text"]
# Filter → (a text that passes, one that fails).
CASES: dict[str, tuple[str, str]] = {
    "empty": ("Hello", " … !"),
    "refusal": ("The clerk was sorry, but could not help.", "I'm sorry, but I can't help with that."),
    "length": ("My order never came, and nobody replies.", "refund " * 40),
    "length_ratio": ("The box came broken, so I want the money back.", "Broken."),
    "repetition": (STORY, "and then we went home " * 10),
    "copied": ("Something of its own.", PARENT.upper().replace(",", "")),
    "near_duplicate": ("My invoice is wrong.", PARENT.replace("today", "now")),
    "near_other": (PARENT.replace("today", "now"), SEEDS[1].fields["text"].replace("photo", "video")),
    "look_alike": (f"{STORY} {LONG} {STORY[::-1]}", STORY.replace("word59", "end")),
    "banned_words": ("Write a poem about photography.", "Draw a poem as an image."),
    "label_named": ("It came broken, money back please.", "This is a technical problem: my money back please."),
    "language": ("Where has my money gone?", "Wo ist denn mein Geld geblieben?"),
    "contamination": ("What is the tallest mountain of Asia?", f"Tell me: {SHORT.lower()}"),
    "pii": ("In 1998 he won 2000 games of 12345.", "Write to jane.doe@example.org about it."),
    "toxicity": ("I hate this phone.", "You are a fucking idiot."),
}


def company(**changed: Any) -> Company:
    pool = [*(str(seed.fields["text"]) for seed in SEEDS), STORY]
    given = {"seeds": {seed.id: seed for seed in SEEDS}, "pool": pool, "protected": (LONG, SHORT)}
    return Company(FIELDS, QUESTIONS, **{**given, **changed})


def candidate(text: str, **changed: Any) -> Candidate:
    return Candidate(
        **{"fields": {"text": text}, "operation": "made", "parents": (1,), "answers": {"intent": "bug"}, **changed}
    )


def test_every_filter_has_its_cases() -> None:
    assert set(CASES) == set(FILTERS)
    assert all(each.title and each.note for each in FILTERS.values())


@pytest.mark.parametrize("name", CASES)
def test_a_filter_passes_the_good_and_stops_the_bad_with_a_reason(name: str) -> None:
    good, bad = (FILTERS[name].judge(candidate(text), company()) for text in CASES[name])
    assert (good.passed, good.reason, good.filter) == (True, "", name)
    assert not bad.passed and bad.reason and bad.filter == name


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        (LONG.rsplit(" ", 1)[0], False),
        (LONG.rsplit(" ", 2)[0] + " other words are all that follow here now", True),
        (" ".join(LONG.split()[:8]), False),
        (" ".join(LONG.split()[:7]), True),
        ("WHAT is the tallest mountain, of all Africa", False),
    ],
)
def test_contamination_looks_for_13_words_and_for_8_where_a_text_is_short(text: str, passed: bool) -> None:
    verdict = FILTERS["contamination"].judge(candidate(text), company())
    assert verdict.passed is passed
    assert "mountain" not in verdict.reason and "seven" not in verdict.reason, "a check's words must not be given away"


def test_what_a_candidate_inherits_is_no_fault_of_its_own() -> None:
    rude = company(seeds={1: SEEDS[0].__class__(1, {"text": "You {name}, you fucking idiot."}, {}, 1)})
    child = candidate("You {name}, you are a fucking idiot.")
    assert FILTERS["toxicity"].judge(child, rude).passed
    assert FILTERS["refusal"].judge(child, rude).passed
    assert not FILTERS["refusal"].judge(child, company()).passed


def test_personal_data_of_every_kind_is_seen() -> None:
    for text in (
        "Call (212) 555-0147.",
        "Card 4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "From 192.168.0.17",
    ):
        assert not FILTERS["pii"].judge(candidate(text), company()).passed, text


def test_an_instruction_may_have_an_answer_that_speaks_of_files() -> None:
    beside = Company(PAIR_FIELDS, ())
    assert (
        FILTERS["banned_words"]
        .judge(candidate("", fields={"prompt": "Explain Git.", "response": "A file …"}), beside)
        .passed
    )


def test_a_candidate_that_was_kept_joins_the_pool() -> None:
    beside = company()
    for name in ("near_duplicate", "look_alike"):
        assert FILTERS[name].judge(candidate("The lamp flickers at night since we moved."), beside).passed
    beside.pool.append("The lamp flickers at night since we moved.")
    for name in ("near_duplicate", "look_alike"):
        assert not FILTERS[name].judge(candidate("The lamp flickers at night since we moved!"), beside).passed


def test_questions_about_one_passage_are_alike_by_their_own_words_alone() -> None:
    def about(question: str) -> Candidate:
        return candidate("", fields={"prompt": question, "response": STORY}, shared=STORY)

    beside = Company(PAIR_FIELDS, (), pool=[f"When does the museum open?\n{STORY}", "Who may enter free of charge?"])
    judge = FILTERS["near_duplicate"].judge
    assert judge(about("How far away is the next station?"), beside).passed
    assert not judge(about("When does the museum open again?"), beside).passed
    assert not judge(about("And who may enter free of charge?"), beside).passed


def test_rouge_l_is_what_the_reference_computes_and_the_nearest_is_the_nearest() -> None:
    draw, scorer = random.Random(1), RougeScorer(["rougeL"], use_stemmer=False)
    texts = [" ".join(draw.choices("abcdefgh", k=draw.randint(1, 12))) for _time in range(60)]
    neighbours = Neighbours()
    neighbours.catch_up(texts[1:])
    scores = [scorer.score(texts[0], other)["rougeL"].fmeasure for other in texts[1:]]
    assert [rouge_l(texts[0], other) for other in texts[1:]] == pytest.approx(scores)
    score, place = neighbours.nearest(texts[0], 0.1) or (0.0, 0)
    assert score == pytest.approx(max(scores)) == pytest.approx(scores[place])
    assert neighbours.nearest(texts[0], 0.1, [texts[1 + place]]) != (score, place)


def test_sketches_estimate_the_share_of_passages() -> None:
    first = [f"w{number}" for number in range(1_000)]
    second = [*first[:500], *(f"x{number}" for number in range(500))]
    found = resemblance(sketch_of(" ".join(first)), sketch_of(" ".join(second)))
    assert found == pytest.approx(496 / 1_496, abs=0.15)
