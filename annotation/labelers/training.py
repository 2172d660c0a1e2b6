"""How a trained labeler learns: from the options' names at first, then from the project's own answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from annotation.questions import Distribution, Question

from . import fitting, heads
from .fitting import Fit
from .heads import Head
from .similarity import embed

PHRASINGS = ("{name}", "This text is about {name}.", "{question}: {name}")
DESCRIPTION_CHARACTERS = 400
MARKUP = re.compile(r"[*_#`>|]+|^\s*[-+\d.)]+\s", re.MULTILINE)
ROUNDS = 3
# Texts without an answer that one training considers; more change little and cost much.
MOST_UNLABELLED = 4_000
# What all of a head's guesses about unanswered texts may weigh, in answers, while there are few answers.
LEAST_WEIGHT = 32
# The answers after which the head counts as much as the cold start; more where each option holds by itself: a few
# answers name too few of them (made reviews, 20 answers: micro-F1 .53 instead of .43; 100 answers: .71 either way).
FADING, SLOW_FADING = 16, 64
# How quickly the cold start is dropped where the names mislead. On AG News with its labels swapped, 95 % right took
# 23 % of the items instead of over half; where the names are true it costs nothing.
TRUST_POWER = 3
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What people said about one question."""

    vectors: np.ndarray
    """[m, d] the texts they answered."""
    answers: Sequence[Distribution]
    """Per text the share of its people per key."""
    drawn: np.ndarray
    """[m] whether chance chose the text; people were asked about the others because they are hard."""
    texts: Sequence[str] = ()
    """What the question is about of each, where its keys are places in it."""


def name_vectors(question: Question, guidelines: str) -> np.ndarray:
    """[phrasings, k, 384]: the options' titles, with what the question and the guidelines say of them."""
    texts = []
    for phrasing in PHRASINGS:
        for option in question.offered:
            said = option.description or _paragraph_on(option.title, option.value, guidelines)
            name = phrasing.format(name=option.title, question=question.title.rstrip("?:. "))
            texts.append(f"{name} {said}".strip())
    return embed(texts).reshape(len(PHRASINGS), len(question.offered), -1)


def fit(
    cold: Head, answered: np.ndarray, answers: np.ndarray, unanswered: np.ndarray, by: Fit = fitting.multinomial
) -> Head:
    """Learn from `answers` [m, k] (shares per option) to `answered` [m, d], and from guesses about `unanswered` [u, d].

    The first guesses are the cold start's; the head's own take their place over a few rounds (self-training, Yarowsky
    1995; Lee 2013), each weighed by how sure it is, all together no more than the answers, so that people always
    outvote what the head made up. The cold start fades as answers come.

    Only where one of several options holds: guesses at scales and sets are drawn to the middle and to nothing, and with
    them as teachers 40 answers to made reviews got a micro-F1 of .38 instead of .67.
    """
    if not len(answered):
        return cold
    if by is not fitting.multinomial:
        unanswered = unanswered[:0]
    if len(unanswered) > MOST_UNLABELLED:
        unanswered = np.random.default_rng(0).choice(unanswered, MOST_UNLABELLED, replace=False)
    guesses, trust = cold.probabilities(unanswered), _trust(cold, answered, answers)
    weight = max(LEAST_WEIGHT, len(answered)) * trust
    texts = np.concatenate([answered, unanswered])
    # One thread: the matrices are small, and threads that wait for each other on a busy machine cost ten times as much.
    with threadpool_limits(limits=1):
        for _ in range(ROUNDS if len(unanswered) else 1):
            options = guesses.shape[1]
            sureness = np.maximum(0.0, (guesses.max(axis=1) - 1 / options) / (1 - 1 / options))
            weights = np.concatenate([np.ones(len(answered)), weight * sureness / (sureness.sum() or 1.0)])
            head = by(texts, np.concatenate([answers, np.eye(options)[guesses.argmax(axis=1)]]), weights)
            guesses, weight = head.probabilities(unanswered), max(LEAST_WEIGHT, len(answered))
    fading = (SLOW_FADING if cold.independent else FADING) * trust
    return heads.blend(cold, head, fading / (fading + len(answered)))


def cross_validated(
    cold: Head, answered: np.ndarray, answers: np.ndarray, unanswered: np.ndarray, by: Fit = fitting.multinomial
) -> np.ndarray:
    """[m, k] probabilities for the answered texts by heads that did not see their answers."""
    predicted = cold.probabilities(answered)
    for held in folds(len(answered)):
        predicted[held] = fit(cold, answered[~held], answers[~held], unanswered, by).probabilities(answered[held])
    return predicted


def folds(count: int) -> list[np.ndarray]:
    """[count] masks, each of what one training leaves out; none where there is too little."""
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    return [fold == number for number in range(FOLDS)] if count >= 2 * FOLDS else []


def _trust(cold: Head, answered: np.ndarray, answers: np.ndarray) -> float:
    """In [0, 1]: how often the cold start was right where people answered, beside how often it expected to be.

    Beside its own expectation, because people are asked about what is hard: being wrong there says little, being wrong
    and sure says that the names mislead.
    """
    guesses = cold.probabilities(answered)
    if cold.independent:
        hits = np.where(guesses > 0.5, answers, 1 - answers).mean(axis=1).sum()
        expected = np.maximum(guesses, 1 - guesses).mean(axis=1).sum()
    else:
        hits = answers[np.arange(len(answers)), guesses.argmax(axis=1)].sum()
        expected = guesses.max(axis=1).sum()
    return float(min(1.0, ((hits + 1) / (expected + 1)) ** TRUST_POWER))


def _paragraph_on(title: str, value: str, guidelines: str) -> str:
    """The first paragraph of the guidelines that begins with the option's name."""
    names = (title.casefold(), value.replace("_", " ").casefold())
    for paragraph in guidelines.split("\n\n"):
        plain = " ".join(MARKUP.sub(" ", paragraph).split())
        if plain.casefold().startswith(names):
            return plain[:DESCRIPTION_CHARACTERS]
    return ""
