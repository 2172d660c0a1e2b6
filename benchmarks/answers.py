"""What the trained labeler makes of ratings, sets of options and spans, by the number of answers it has learned from.

python -m benchmarks.answers [--fresh 200] [--answers 0 10 20 50 100 200]

The texts are made from lists of words (tests/labelers/made.py); those asked about hold other words, other names and
other turns of phrase than those taught. Beside it what needs no learning: the commonest answer.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from annotation.aggregation.scoring import Case, case_of, closeness, part_scores
from annotation.labelers import Brief, InvalidConfig, ItemText, Prediction
from annotation.labelers.learners import learn
from annotation.labelers.similarity import embed
from annotation.labelers.trained import Trained
from annotation.labelers.training import Lesson
from annotation.questions import Question, type_of
from tests.labelers.made import ABOUT, FIELDS, NAMES, STARS, review, story

Told = list[tuple[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.answers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fresh", type=int, default=200, help="texts to ask about")
    parser.add_argument("--answers", type=int, nargs="+", default=[0, 10, 20, 50, 100, 200])
    options = parser.parse_args()
    print("| question | answers | wholly right | closeness | micro-F1 | seconds |\n|---|---|---|---|---|---|")
    for question, taught, fresh in corpora(max(options.answers), options.fresh):
        print(_row(question, "commonest", commonest(question, taught, fresh), None))
        vectors = embed([text for text, _ in fresh])
        for count in options.answers:
            started = time.perf_counter()
            cases = learned(question, taught[:count], fresh, vectors)
            print(_row(question, str(count), cases, time.perf_counter() - started), flush=True)


def corpora(taught: int, fresh: int) -> list[tuple[Question, Told, Told]]:
    """(question, what is taught, what is asked)"""
    draws = Random(1), Random(2)
    reviews = [[review(draw, new=bool(new)) for _ in range((taught, fresh)[new])] for new, draw in enumerate(draws)]
    stories = [[story(draw, new=bool(new)) for _ in range((taught, fresh)[new])] for new, draw in enumerate(draws)]
    return [
        (STARS, *([(text, stars) for text, stars, _ in each] for each in reviews)),
        (ABOUT, *([(text, about) for text, _, about in each] for each in reviews)),
        (NAMES, *stories),
    ]


def learned(question: Question, taught: Told, fresh: Told, vectors: np.ndarray) -> list[Case]:
    """The fresh texts as it answers them; none where it has nothing to say yet."""
    texts = [text for text, _ in taught]
    shares = [type_of(question).vote(question, answer, None) for _, answer in taught]
    answered = embed(texts) if texts else np.zeros((0, vectors.shape[1]), np.float32)
    told = Lesson(answered, shares, np.zeros(len(texts), bool), texts)
    weights, _ = learn(Brief("", (question,), tuple(FIELDS)), vectors, {question.name: told})
    try:
        labeler = Trained().build({}, Brief("", (question,), tuple(FIELDS), learned=weights))
    except InvalidConfig:
        return []
    items = [ItemText(row, {"text": text}, vectors[row]) for row, (text, _) in enumerate(fresh)]
    found = [
        case_of(question, result.item, [{question.name: fresh[result.item][1]}], result.answers, result.distribution)
        for result in labeler.label(items)
        if isinstance(result, Prediction)
    ]
    return [case for case in found if case]


def commonest(question: Question, taught: Told, fresh: Told) -> list[Case]:
    """Everything answered as most texts were."""
    kind = type_of(question)
    votes = [(kind.vote(question, answer, None), 1.0) for _, answer in taught]
    # No span is common to two texts.
    answer = [] if kind.is_key(question, "0:1:person") else kind.aggregate(question, votes).answer
    found = [
        case_of(question, row, [{question.name: said}], {question.name: answer}, {})
        for row, (_, said) in enumerate(fresh)
    ]
    return [case for case in found if case]


def _row(question: Question, answers: str, cases: Sequence[Case], seconds: float | None) -> str:
    if not cases:
        return f"| {question.name} | {answers} | – | – | – | {seconds:.1f} |"
    right, near = sum(case.right for case in cases) / len(cases), closeness(cases)
    micro = part_scores(question, cases)[1]
    return f"| {question.name} | {answers} | {right:.3f} | {near:.3f} | {micro or 0:.3f} | {seconds or 0:.1f} |"


if __name__ == "__main__":
    main()
