"""How a trained labeler learns: from the options' names at first, then from the project's own answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from annotation.questions import Question

from . import heads
from .base import Brief
from .heads import Head
from .similarity import embed

PHRASINGS = ("{name}", "This text is about {name}.", "{question}: {name}")
DESCRIPTION_CHARACTERS = 400
MARKUP = re.compile(r"[*_#`>|]+|^\s*[-+\d.)]+\s", re.MULTILINE)
# Unit vectors are stretched by this before a logistic regression with C = 1 sees them.
STRETCH = 3.0
ROUNDS = 3
# Texts without an answer that one training considers; more change little and cost much.
MOST_UNLABELLED = 4_000
# What all of a head's guesses about unanswered texts may weigh, in answers, while there are few answers.
LEAST_WEIGHT = 32
# The answers after which the head counts as much as the cold start.
FADING = 16
# How quickly the cold start is dropped where the names mislead. On AG News with its labels swapped, 95 % right took
# 23 % of the items instead of over half; where the names are true it costs nothing.
TRUST_POWER = 3
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What people said about one question."""

    answered: np.ndarray
    """[m, d] the texts they answered."""
    answers: np.ndarray
    """[m, k] the share of their answers per option; rows sum to 1."""
    drawn: np.ndarray
    """[m] whether chance chose the text; people were asked about the others because they are hard."""


def learn(brief: Brief, pool: np.ndarray, lessons: Sequence[Lesson]) -> tuple[bytes, dict[str, dict[str, float]]]:
    """Train on what people answered so far: the weights for `Brief.learned`, and how well each question was predicted
    where its answer was held back, on the texts that chance chose: on the others, chosen for being hard, it would read
    too low.

    `pool` [u, 384]: unanswered texts of the project. `lessons`: one per question; while there are none, what the
    options' names say is learned alone.
    """
    trained, metrics = [], {}
    for question, lesson in zip(brief.questions, lessons, strict=True):
        names = name_vectors(question, brief.guidelines)
        cold = heads.cold_start(np.concatenate([pool, lesson.answered]), names)
        trained.append(fit(cold, lesson.answered, lesson.answers, pool))
        if lesson.drawn.any():
            held_back = cross_validated(cold, lesson.answered, lesson.answers, pool)
            right = (held_back.argmax(axis=1) == lesson.answers.argmax(axis=1))[lesson.drawn]
            metrics[question.name] = {"accuracy": round(float(right.mean()), 4), "answers": len(right)}
    return heads.dump(trained), metrics


def name_vectors(question: Question, guidelines: str) -> np.ndarray:
    """[phrasings, k, 384]: the options' titles, with what the question and the guidelines say of them."""
    texts = []
    for phrasing in PHRASINGS:
        for option in question.options:
            said = option.description or _paragraph_on(option.title, option.value, guidelines)
            name = phrasing.format(name=option.title, question=question.title.rstrip("?:. "))
            texts.append(f"{name} {said}".strip())
    return embed(texts).reshape(len(PHRASINGS), len(question.options), -1)


def fit(cold: Head, answered: np.ndarray, answers: np.ndarray, unanswered: np.ndarray) -> Head:
    """Learn from `answers` [m, k] (shares per option) to `answered` [m, d], and from guesses about `unanswered` [u, d].

    The first guesses are the cold start's; the head's own take their place over a few rounds (self-training, Yarowsky
    1995; Lee 2013), each weighed by how sure it is, all together no more than the answers, so that people always
    outvote what the head made up. The cold start fades as answers come.
    """
    if not len(answered):
        return cold
    if len(unanswered) > MOST_UNLABELLED:
        unanswered = np.random.default_rng(0).choice(unanswered, MOST_UNLABELLED, replace=False)
    options = answers.shape[1]
    guesses, trust = cold.probabilities(unanswered), _trust(cold, answered, answers)
    weight = max(LEAST_WEIGHT, len(answered)) * trust
    # One thread: the matrices are small, and threads that wait for each other on a busy machine cost ten times as much.
    with threadpool_limits(limits=1):
        for _ in range(ROUNDS):
            sureness = np.maximum(0.0, (guesses.max(axis=1) - 1 / options) / (1 - 1 / options))
            weights = weight * sureness / (sureness.sum() or 1.0)
            head = _regress(answered, answers, unanswered, guesses.argmax(axis=1), weights)
            guesses, weight = head.probabilities(unanswered), max(LEAST_WEIGHT, len(answered))
    fading = FADING * trust
    return heads.blend(cold, head, fading / (fading + len(answered)))


def cross_validated(cold: Head, answered: np.ndarray, answers: np.ndarray, unanswered: np.ndarray) -> np.ndarray:
    """[m, k] probabilities for the answered texts by heads that did not see their answers."""
    predicted = cold.probabilities(answered)
    fold = np.random.default_rng(0).permutation(len(answered)) % FOLDS
    for held in (fold == number for number in range(FOLDS) if len(answered) >= 2 * FOLDS):
        predicted[held] = fit(cold, answered[~held], answers[~held], unanswered).probabilities(answered[held])
    return predicted


def _trust(cold: Head, answered: np.ndarray, answers: np.ndarray) -> float:
    """In [0, 1]: how often the cold start was right where people answered, beside how often it expected to be.

    Beside its own expectation, because people are asked about what is hard: being wrong there says little, being wrong
    and sure says that the names mislead.
    """
    guesses = cold.probabilities(answered)
    hits = answers[np.arange(len(answers)), guesses.argmax(axis=1)].sum()
    return float(min(1.0, ((hits + 1) / (guesses.max(axis=1).sum() + 1)) ** TRUST_POWER))


def _paragraph_on(title: str, value: str, guidelines: str) -> str:
    """The first paragraph of the guidelines that begins with the option's name."""
    names = (title.casefold(), value.replace("_", " ").casefold())
    for paragraph in guidelines.split("\n\n"):
        plain = " ".join(MARKUP.sub(" ", paragraph).split())
        if plain.casefold().startswith(names):
            return plain[:DESCRIPTION_CHARACTERS]
    return ""


def _regress(
    answered: np.ndarray, answers: np.ndarray, pool: np.ndarray, guessed: np.ndarray, weights: np.ndarray
) -> Head:
    # A text whose people disagree stands once per answer, weighed by its share.
    rows, chosen = np.nonzero(answers)
    texts = np.concatenate([answered[rows], pool]) * STRETCH
    labels = np.concatenate([chosen, guessed])
    shares = np.concatenate([answers[rows, chosen], weights])
    options, width = answers.shape[1], texts.shape[1]
    coefficients, intercepts = np.zeros((options, width)), np.full(options, np.log(1e-6))
    told = shares > 0
    known = np.unique(labels[told])
    if len(known) == 1:
        intercepts[known] = 0.0
    elif len(known):
        model = LogisticRegression(C=1.0, max_iter=300).fit(texts[told], labels[told], sample_weight=shares[told])
        weights_of, offsets = model.coef_, model.intercept_
        if len(known) == 2:
            # scikit-learn keeps one row of log-odds for two classes.
            weights_of, offsets = np.vstack([-weights_of, weights_of]) / 2, np.concatenate([-offsets, offsets]) / 2
        coefficients[known], intercepts[known] = weights_of, offsets
    return Head(coefficients * STRETCH, intercepts)
