"""Training: a few answers teach more than names, people outvote guesses, and the figures are of held-back answers."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.labelers.base import Brief, ItemText
from annotation.labelers.heads import cold_start
from annotation.labelers.learners import learn
from annotation.labelers.trained import Trained, TrainedLabeler, vectors_of
from annotation.labelers.training import Lesson, cross_validated, fit, name_vectors
from annotation.questions import parse_questions
from tests.labelers.test_heads import clusters

QUESTIONS = parse_questions(
    [
        {
            "name": "topic",
            "type": "choice",
            "title": "Topic",
            "options": [{"value": "sport", "title": "Sports"}, {"value": "money", "title": "Business and money"}],
        }
    ]
)
FIELDS = ({"name": "text", "type": "text", "title": "Text"},)
TEXTS = {
    "The striker scored twice in the final minutes of the match.": "sport",
    "Shares fell after the bank cut its forecast for the quarter.": "money",
    "She won the marathon in a new course record.": "sport",
    "The central bank raised interest rates by half a point.": "money",
}
NOTHING = {"topic": Lesson(np.zeros((0, 384), np.float32), [], np.zeros(0, bool))}


def one_hot(where: np.ndarray) -> np.ndarray:
    return np.eye(3)[where]


def test_answers_correct_what_the_names_got_wrong() -> None:
    texts, where, names = clusters(60, spread=0.9)
    cold = cold_start(texts, names[None, [1, 2, 0]])  # the names have been swapped
    assert (cold.probabilities(texts).argmax(axis=1) == where).mean() < 0.1
    told = np.arange(0, len(texts), 4)
    rest = np.setdiff1d(np.arange(len(texts)), told)
    head = fit(cold, texts[told], one_hot(where[told]), texts[rest])
    assert (head.probabilities(texts[rest]).argmax(axis=1) == where[rest]).mean() > 0.9


def test_without_answers_the_cold_start_is_what_is_learned() -> None:
    texts, _, names = clusters(10)
    cold = cold_start(texts, names[None])
    assert fit(cold, np.zeros((0, 16)), np.zeros((0, 3)), texts) is cold


def test_one_answer_changes_the_mind_little() -> None:
    texts, where, names = clusters(60)
    cold = cold_start(texts, names[None])
    head = fit(cold, texts[:1], one_hot(where[:1]), texts[1:])
    assert (head.probabilities(texts).argmax(axis=1) == where).mean() > 0.9


def test_people_who_disagree_leave_the_model_in_doubt() -> None:
    texts, where, names = clusters(30)
    answers = one_hot(where)
    torn = where == 0
    answers[torn] = [0.5, 0.5, 0.0]
    shares = fit(cold_start(texts, names[None]), texts, answers, texts[:0]).probabilities(texts[torn])
    assert abs(shares[:, 0] - shares[:, 1]).mean() < 0.35


def test_the_same_answers_teach_the_same() -> None:
    texts, where, names = clusters(40)
    cold = cold_start(texts, names[None])
    first, second = (fit(cold, texts[::3], one_hot(where[::3]), texts) for _ in range(2))
    assert (first.coefficients == second.coefficients).all()


def test_the_accuracy_is_of_answers_that_were_held_back() -> None:
    """Answers drawn by lot can be memorised but not predicted."""
    texts, _, names = clusters(40)
    lots = np.random.default_rng(1).integers(0, 3, len(texts))
    cold = cold_start(texts, names[None])
    held_back = cross_validated(cold, texts, one_hot(lots), texts[:0]).argmax(axis=1)
    assert (held_back == lots).mean() < 0.5


def test_a_labeler_starts_from_the_options_names_and_votes() -> None:
    items = [ItemText(number, {"text": text}) for number, text in enumerate(TEXTS)]
    pool = vectors_of(items, FIELDS)
    weights, metrics = learn(Brief("", QUESTIONS, FIELDS), pool, NOTHING)
    assert metrics == {}
    labeler = Trained().build({}, Brief("", QUESTIONS, FIELDS, learned=weights))
    votes = labeler.label(items)
    assert [vote.answers["topic"] for vote in votes] == list(TEXTS.values())  # type: ignore[union-attr]
    assert [vote.item for vote in votes] == [0, 1, 2, 3]
    assert labeler.version != TrainedLabeler(Brief("", QUESTIONS, FIELDS, learned=_other(weights))).version


def _other(weights: bytes) -> bytes:
    learned, _ = learn(Brief("", QUESTIONS, FIELDS), np.eye(384, dtype=np.float32)[:3], NOTHING)
    assert learned != weights
    return learned


def test_an_option_is_known_by_what_the_guidelines_say_of_it() -> None:
    bare = name_vectors(QUESTIONS[0], "")
    told = name_vectors(QUESTIONS[0], "# Rules\n\n**Sports**: matches, races, athletes.\n\nBe quick.")
    assert not np.allclose(bare[0, 0], told[0, 0])
    assert np.allclose(bare[0, 1], told[0, 1], atol=1e-5), "nothing is said of this one"


@pytest.mark.parametrize("config", [{"llm": "scripted"}, {"lead": "x"}])
def test_it_has_no_settings(config: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no settings"):
        Trained().check_config(config)
    Trained().check_config({"llm": "local"})
