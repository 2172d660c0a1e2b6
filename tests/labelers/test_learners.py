"""What is learned of each type: more than the names say, from answers that disagree too, and nothing made up."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from annotation.labelers import Brief, InvalidConfig, ItemText, Prediction, check_config
from annotation.labelers.learners import LEAST_MARKED, learn
from annotation.labelers.similarity import embed
from annotation.labelers.trained import Trained
from annotation.labelers.training import Lesson
from annotation.questions import Distribution, Question, parse_questions, type_of
from tests.labelers.made import ABOUT, FIELDS, NAMES, STARS, review, story

NOBODY = np.zeros((0, 384), np.float32)


def lesson(question: Question, texts: list[str], answers: list[Any], *, drawn: bool = True) -> Lesson:
    shares: list[Distribution] = [type_of(question).vote(question, answer, None) for answer in answers]
    return Lesson(embed(texts) if texts else NOBODY, shares, np.full(len(texts), drawn), texts)


def brief(*questions: Question, learned: bytes = b"") -> Brief:
    return Brief("", questions, tuple(FIELDS), learned=learned)


def votes(question: Question, weights: bytes, texts: list[str], vectors: np.ndarray | None = None) -> list[Any]:
    stored = [None] * len(texts) if vectors is None else list(vectors)
    items = [ItemText(number, {"text": text}, stored[number]) for number, text in enumerate(texts)]
    results = Trained().build({}, brief(question, learned=weights)).label(items)
    assert all(isinstance(result, Prediction) for result in results)
    return [result.answers[question.name] for result in results if isinstance(result, Prediction)]


def reviews(count: int, *, new: bool) -> list[tuple[str, int, list[str]]]:
    draw = Random(5 + new)
    return [review(draw, new=new) for _ in range(count)]


def test_a_rating_starts_from_the_names_of_its_ends_and_comes_nearer_with_answers() -> None:
    taught, fresh = reviews(100, new=False), reviews(120, new=True)
    texts, pool = [text for text, *_ in taught], embed([text for text, *_ in fresh])
    wanted = np.array([stars for _, stars, _ in fresh])

    def apart(answers: int) -> float:
        told = lesson(STARS, texts[:answers], [stars for _, stars, _ in taught[:answers]], drawn=False)
        weights, _ = learn(brief(STARS), pool, {"stars": told})
        return float(np.abs(np.array(votes(STARS, weights, [text for text, *_ in fresh], pool)) - wanted).mean())

    # Three stars for everything are 1.2 apart.
    before, after = apart(0), apart(100)
    assert before < 1.1
    assert after < min(0.9, before - 0.05)


def test_several_options_start_from_their_names_and_come_nearer_with_answers() -> None:
    taught, fresh = reviews(80, new=False), reviews(120, new=True)
    pool = embed([text for text, *_ in fresh])

    def micro_f1(answers: int) -> float:
        told = lesson(
            ABOUT, [text for text, *_ in taught[:answers]], [about for *_, about in taught[:answers]], drawn=False
        )
        weights, _ = learn(brief(ABOUT), pool, {"about": told})
        pairs = list(
            zip(votes(ABOUT, weights, [text for text, *_ in fresh], pool), [about for *_, about in fresh], strict=True)
        )
        return 2 * sum(len(set(a) & set(b)) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)

    # All options for everything would be .57.
    before, after = micro_f1(0), micro_f1(80)
    assert before > 0.45
    assert after > max(0.6, before + 0.02)


def test_options_are_learned_from_shares_and_none_of_them_is_an_answer() -> None:
    texts = [f"The courier was late, day {number}." for number in range(20)] + [f"It is {n}." for n in range(20)]
    shares: list[Distribution] = [{"delivery": 0.5}] * 20 + [{}] * 20
    told = Lesson(embed(texts), shares, np.zeros(40, bool), texts)
    weights, metrics = learn(brief(ABOUT), NOBODY, {"about": told})
    assert metrics == {}, "no audit was among them"
    labeler = Trained().build({}, brief(ABOUT, learned=weights))
    torn, nothing = labeler.label([ItemText(1, {"text": texts[0]}), ItemText(2, {"text": texts[-1]})])
    assert isinstance(torn, Prediction) and isinstance(nothing, Prediction)
    assert torn.distribution["about"]["delivery"] == pytest.approx(0.5, abs=0.15)
    assert nothing.answers == {"about": []} and nothing.confidence > 0.6


def test_spans_are_voted_on_once_some_are_marked_and_not_before() -> None:
    draw = Random(7)
    taught = [story(draw, new=False) for _ in range(30)]
    for answers in (0, LEAST_MARKED - 1):
        told = lesson(NAMES, [text for text, _ in taught[:answers]], [spans for _, spans in taught[:answers]])
        weights, metrics = learn(brief(NAMES), NOBODY, {"names": told})
        assert metrics == {}
        with pytest.raises(InvalidConfig, match="people have marked"):
            Trained().build({}, brief(NAMES, learned=weights))
    told = lesson(NAMES, [text for text, _ in taught], [spans for _, spans in taught])
    weights, metrics = learn(brief(NAMES), NOBODY, {"names": told})
    assert metrics["names"]["answers"] == 30
    assert metrics["names"]["f1"] > 0.5, "held back, it was found all the same"
    text, spans = story(Random(1), new=False)
    assert votes(NAMES, weights, [text]) == [spans]
    labeler = Trained().build({}, brief(NAMES, learned=weights))
    assert labeler.by_words == {"names"}
    assert labeler.probabilities(embed([text]))["names"].shape == (1, 2)


def test_all_questions_of_a_project_are_in_one_checkpoint_and_others_are_left_out() -> None:
    written, follow = parse_questions(
        [
            {"name": "written", "type": "text"},
            {"name": "about", "type": "multichoice", "options": ["a", "b"]},
            {"name": "follow", "type": "choice", "options": ["x", "y"], "when": {"question": "about", "is": ["a"]}},
        ]
    )[::2]
    nothing = {name: lesson(question, [], []) for name, question in {"about": ABOUT, "stars": STARS}.items()}
    asked = brief(written, STARS, ABOUT)
    weights, _ = learn(asked, embed(["a text"]), nothing | {"written": lesson(written, [], [])})
    (result,) = (
        Trained().build({}, brief(written, STARS, ABOUT, learned=weights)).label([ItemText(1, {"text": "It is good."})])
    )
    assert isinstance(result, Prediction)
    assert set(result.answers) == {"stars", "about"}
    # The same heads know nothing of other options.
    (other,) = parse_questions([{"name": "stars", "type": "rating", "max": 7}])
    with pytest.raises(InvalidConfig, match="have changed"):
        Trained().build({}, brief(other, learned=weights))
    with pytest.raises(InvalidConfig, match="options, ratings and spans"):
        check_config("trained", {}, [written])
    check_config("trained", {}, [written, follow])
