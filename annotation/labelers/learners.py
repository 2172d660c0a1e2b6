"""How answers of each shape are learned from people, and what was learned becomes a vote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from annotation.questions import Distribution, Question, Shape, type_of

from . import fitting
from .base import Brief, ItemText
from .fitting import Fit
from .heads import Head, UnreadableHead, along_scale, cold_start, dump, freed, parse
from .similarity import embed
from .tagging import learn_tags, tagged
from .training import Lesson, cross_validated, fit, folds, name_vectors

Heads = dict[str, Head]
"""What was learned of one question, part by part; nothing where nothing could be learned yet."""
Metrics = dict[str, float]

# Texts in which people marked something before spans are voted on.
LEAST_MARKED = 5
# Marked texts that one training reads, the newest first: each is read word by word.
MOST_MARKED = 1_000
LOW, HIGH = "the least, the worst, not at all", "the most, the best, absolutely"


class Learner(Protocol):
    """How answers of one shape are learned."""

    by_words: bool
    """Whether a vote takes another look at the text; otherwise its vector is enough."""

    def learn(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> Heads:
        """From the lesson, and from the [u, 384] vectors of unanswered texts."""

    def held_back(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> list[Distribution]:
        """What would have been said of each text of the lesson by heads that did not see its answers."""

    def shares(self, heads: Heads, vectors: np.ndarray) -> np.ndarray:
        """[n, 384] → [n, k] the probability of each option: what the queue is put in order by."""

    def distributions(
        self, question: Question, heads: Heads, items: Sequence[ItemText], vectors: np.ndarray
    ) -> list[Distribution]:
        """Votes."""


@dataclass(frozen=True, slots=True)
class Options:
    """One head on the vectors. `by`: how it is fitted."""

    shape: Shape
    by: Fit
    by_words = False

    def learn(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> Heads:
        answers = shares_per_option(question, lesson)
        return {"": fit(self._cold(question, guidelines, pool, lesson), lesson.vectors, answers, pool, self.by)}

    def held_back(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> list[Distribution]:
        cold, answers = self._cold(question, guidelines, pool, lesson), shares_per_option(question, lesson)
        return _named(question, cross_validated(cold, lesson.vectors, answers, pool, self.by))

    def shares(self, heads: Heads, vectors: np.ndarray) -> np.ndarray:
        return heads[""].probabilities(vectors)

    def distributions(
        self, question: Question, heads: Heads, items: Sequence[ItemText], vectors: np.ndarray
    ) -> list[Distribution]:
        return _named(question, self.shares(heads, vectors))

    def _cold(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> Head:
        """What the names of the options say."""
        texts = np.concatenate([pool, lesson.vectors])
        if self.shape is Shape.SCALE:
            return along_scale(*_ends(question), texts, len(question.values))
        named = cold_start(texts, name_vectors(question, guidelines))
        expected = max(1, question.settings.get("at_least") or 0)
        return freed(named, texts, expected) if self.shape is Shape.ANY else named


class Marks:
    """A head on words, and one on the vectors that says which options occur at all, for the queue."""

    by_words = True

    def learn(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> Heads:
        if sum(bool(shares) for shares in lesson.answers) < LEAST_MARKED:
            return {}
        present = np.zeros((len(lesson.answers), len(question.values)))
        for row, shares in enumerate(lesson.answers):
            for key, share in shares.items():
                column = question.values.index(type_of(question).option_of(question, key))
                present[row, column] = max(present[row, column], min(1.0, share))
        occurring = fitting.independent(lesson.vectors, present, np.ones(len(present)))
        words = learn_tags(question, lesson.texts[:MOST_MARKED], lesson.answers[:MOST_MARKED])
        return {"words": words, "occurring": occurring}

    def held_back(self, question: Question, guidelines: str, pool: np.ndarray, lesson: Lesson) -> list[Distribution]:
        found: list[Distribution] = [{} for _ in lesson.answers]
        for held in folds(min(len(lesson.answers), MOST_MARKED)):
            taught, asked = np.flatnonzero(~held).tolist(), np.flatnonzero(held).tolist()
            head = learn_tags(question, [lesson.texts[row] for row in taught], [lesson.answers[row] for row in taught])
            for row, shares in zip(asked, tagged(question, head, [lesson.texts[row] for row in asked]), strict=True):
                found[row] = shares
        return found

    def shares(self, heads: Heads, vectors: np.ndarray) -> np.ndarray:
        return heads["occurring"].probabilities(vectors)

    def distributions(
        self, question: Question, heads: Heads, items: Sequence[ItemText], vectors: np.ndarray
    ) -> list[Distribution]:
        return tagged(question, heads["words"], [marked_text(question, item.fields) for item in items])


# Of orders and free texts nothing is learned: what they are about differs from item to item.
LEARNERS: dict[Shape, Learner] = {
    Shape.ONE: Options(Shape.ONE, fitting.multinomial),
    Shape.SCALE: Options(Shape.SCALE, fitting.ordinal),
    Shape.ANY: Options(Shape.ANY, fitting.independent),
    Shape.MARKS: Marks(),
}


@dataclass(frozen=True, slots=True)
class Voice:
    """What was learned of one question."""

    question: Question
    learner: Learner
    heads: Heads


def learner_of(question: Question) -> Learner | None:
    return LEARNERS.get(type_of(question).shape)


def learn(brief: Brief, pool: np.ndarray, lessons: Mapping[str, Lesson]) -> tuple[bytes, dict[str, Metrics]]:
    """Train on what people answered so far: the weights for `Brief.learned`, and how well each question was predicted
    where its answer was held back, on the texts that chance chose: on the others, chosen for being hard, it would read
    too low.

    `pool` [u, 384]: unanswered texts of the project. `lessons`: by question; while there are none, what the options'
    names say is learned alone.
    """
    trained: Heads = {}
    metrics: dict[str, Metrics] = {}
    for question in brief.questions:
        learner, lesson = learner_of(question), lessons.get(question.name)
        if learner is None or lesson is None:
            continue
        found = learner.learn(question, brief.guidelines, pool, lesson)
        trained |= {f"{_name(question)}{part}": head for part, head in found.items()}
        if found and lesson.drawn.any():
            held_back = learner.held_back(question, brief.guidelines, pool, lesson)
            metrics[question.name] = _measured(question, lesson, held_back)
    return dump(trained), metrics


def voices(brief: Brief) -> list[Voice]:
    """What the brief's checkpoint has to say on each of its questions. Raises UnreadableHead where that is nothing."""
    found, heard = parse(brief.learned), []
    for question in brief.questions:
        learner, name = learner_of(question), _name(question)
        parts = {key.removeprefix(name): head for key, head in found.items() if key.startswith(name)}
        if learner is not None and parts:
            heard.append(Voice(question, learner, parts))
        elif learner is not None and not learner.by_words:
            raise UnreadableHead(f"“{question.title}” or its options have changed since this was learned.")
    return heard


def shares_per_option(question: Question, lesson: Lesson) -> np.ndarray:
    """[m, k]"""
    rows = [[shares.get(value, 0.0) for value in question.values] for shares in lesson.answers]
    return np.array(rows, dtype=np.float64).reshape(-1, len(question.values))


def marked_text(question: Question, fields: Mapping[str, str]) -> str:
    """The field in which spans lie."""
    return fields.get(question.settings["field"]) or ""


def _name(question: Question) -> str:
    """Of its heads; another one as soon as other options, or these in another order, are offered."""
    options = hashlib.sha256(json.dumps([question.type, question.values]).encode()).hexdigest()[:8]
    return f"{question.name}:{options}:"


def _ends(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """[384] what the low and the high end of a scale are called, where they have a name."""
    middle, title = (len(question.offered) - 1) / 2, question.title.rstrip("?:. ")
    low = [option.description for place, option in enumerate(question.offered) if option.description and place < middle]
    high = [
        option.description for place, option in enumerate(question.offered) if option.description and place > middle
    ]
    vectors = embed([f"{title}: {', '.join(low) or LOW}", f"{title}: {', '.join(high) or HIGH}"])
    return vectors[0], vectors[1]


def _named(question: Question, shares: np.ndarray) -> list[Distribution]:
    return [dict(zip(question.values, row, strict=True)) for row in shares.round(6).tolist()]


def _measured(question: Question, lesson: Lesson, held_back: Sequence[Distribution]) -> Metrics:
    """Accuracy where one option is right, else micro-F1 over the parts of the answers."""
    kind = type_of(question)
    rows = np.flatnonzero(lesson.drawn).tolist()
    pairs = [(_held(question, lesson.answers[row]), _held(question, held_back[row])) for row in rows]
    if kind.exclusive:
        return {"accuracy": round(sum(a == b for a, b in pairs) / len(rows), 4), "answers": len(rows)}
    both, all_of = sum(len(a & b) for a, b in pairs), sum(len(a) + len(b) for a, b in pairs)
    return {"f1": round(2 * both / all_of if all_of else 1.0, 4), "answers": len(rows)}


def _held(question: Question, shares: Distribution) -> frozenset[str]:
    """The keys of the answer that a distribution amounts to."""
    kind = type_of(question)
    return frozenset(kind.vote(question, kind.aggregate(question, [(shares, 1.0)]).answer, None))
