"""Easy data augmentation: what it changes, and what it leaves alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from annotation.questions import parse_questions
from annotation.synthesis import eda, wordnet
from annotation.synthesis.base import InvalidParameters, Seed, Work
from annotation.synthesis.eda import Eda, recommended
from tests.synthesis.cast import FIELDS, SEEDS, play, screened, work

LABELLED = parse_questions(
    [
        {"name": "parts", "type": "spans", "title": "Parts", "options": ["place", "time"]},
        {"name": "fixed", "type": "text", "title": "Correct it", "field": "text", "required": False},
    ],
    FIELDS,
)


def test_amounts_are_the_papers() -> None:
    assert [recommended(texts) for texts in (100, 500, 501, 2_000, 5_000, 90_000)] == [
        (0.05, 16), (0.05, 16), (0.05, 8), (0.05, 8), (0.1, 4), (0.1, 4),
    ]  # fmt: skip


def test_each_text_is_varied_in_all_four_ways_and_keeps_its_label() -> None:
    played = play(Eda(), work(variants=8))
    assert Counter(each.operation for each in played.candidates) == dict.fromkeys(eda.OPERATIONS, 4)
    texts = [each.fields["text"] for each in played.candidates]
    assert len({*texts, *(seed.fields["text"] for seed in SEEDS)}) == len(texts) + len(SEEDS)
    by_id = {seed.id: seed for seed in SEEDS}
    for each in played.candidates:
        parent = by_id[each.parents[0]]
        before, after = parent.fields["text"].split(), each.fields["text"].split()
        assert each.answers == parent.answers
        assert len(after) - len(before) == {"random swap": 0, "random deletion": -1}.get(
            each.operation, len(after) - len(before)
        )
        if each.operation == "random swap":
            assert sorted(word.strip(".,") for word in after) == sorted(word.strip(".,") for word in before)
        if each.operation == "random insertion":
            assert len(after) > len(before)
    assert screened(Eda(), work(), played.candidates) == {"kept": len(texts)}


def test_equal_seeds_draw_equal_variants() -> None:
    assert (
        play(Eda(), work(seed=3)).outcomes == play(Eda(), work(seed=3)).outcomes != play(Eda(), work(seed=4)).outcomes
    )


def test_marked_words_stay_and_their_spans_are_carried_along() -> None:
    text = "We fly from New York to Berlin on Monday morning at nine."
    marks = [
        {"start": 12, "end": 20, "label": "place", "text": "New York"},
        {"start": 34, "end": 48, "label": "time", "text": "Monday morning"},
    ]
    seed = Seed(5, {"text": text}, {"parts": marks, "fixed": "We fly."}, 5)
    made = play(Eda(), Work((seed,), FIELDS, LABELLED, "", {"variants": 40, "alpha": 0.4}, work().random)).candidates
    assert len(made) > 30
    for each in made:
        assert set(each.answers) == {"parts"}, "a correction of the old text is none of the new one"
        spans = each.answers["parts"]
        assert [each.fields["text"][span["start"] : span["end"]] for span in spans] == ["New York", "Monday morning"]


def test_a_text_that_cannot_be_varied_is_said_to_be_so() -> None:
    played = play(Eda(), work(Seed(1, {"text": "Xyzzy!"}, {"intent": "bug"}, 1)))
    assert not played.candidates
    assert {each.operation: each.reason for each in played.unparsed} == {
        "synonym replacement": "WordNet has no synonym of any of its words.",
        "random insertion": "WordNet has no synonym of any of its words.",
        "random swap": "It has no two words that may change places.",
        "random deletion": "It has no word that may go.",
    }


def test_without_wordnet_it_says_what_to_install_and_swap_still_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(wordnet, "_folders", lambda: [tmp_path])
    wordnet.find_wordnet.cache_clear()
    try:
        with pytest.raises(InvalidParameters, match="make setup") as refused:
            Eda().check(work())
        assert refused.value.where == "operation"
        assert play(Eda(), work(operation="random swap")).candidates
    finally:
        wordnet.find_wordnet.cache_clear()
