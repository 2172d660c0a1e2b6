"""Make a replay of a file with gold answers: read it, embed its texts, and ask the models that take part."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from annotation.labelers import Brief, InvalidConfig, ItemText, Prediction
from annotation.labelers.heads import cold_start
from annotation.labelers.prompted import Prompted
from annotation.labelers.trained import vectors_of
from annotation.labelers.training import name_vectors
from annotation.questions import InvalidQuestion, Question, Shape, parse_questions, type_of

from .errors import Refused
from .labelled_texts import read_labelled
from .simulating import Replay

FIELDS = ({"name": "text", "type": "text", "title": "Text"},)
LABELERS = ("trained", "prompted")


def read_replay(
    path: Path,
    *,
    questions: object = None,
    guidelines: str = "",
    labelers: Collection[str] = ("trained",),
    limit: int | None = None,
) -> tuple[Question, Replay]:
    """The question and the replay of a file in any importable format with a text and a gold column.

    `questions`: the question as a project's API takes it, a list of one; without it the gold values are the options.
    `labelers`: who votes before anybody answers: “trained” alone, or “prompted”, the bundled language model, too.
    Raises Refused saying what is wrong with the file, the question or a name.
    """
    unknown = set(labelers) - set(LABELERS)
    if unknown or "trained" not in labelers:
        raise Refused(f"Simulated labelers are trained, or trained,prompted; not {', '.join(sorted(labelers))}.")
    rows = [(row.text, row.label) for row in read_labelled(path, limit)]
    question = _question(questions, sorted({gold for _, gold in rows}))
    strange = {gold for _, gold in rows} - set(question.values)
    if strange:
        raise Refused(f"The file has gold answers that are no options: {', '.join(sorted(strange))[:200]}.")
    brief = Brief(guidelines, (question,), FIELDS)
    texts = [ItemText(number, {"text": text}) for number, (text, _) in enumerate(rows)]
    vectors = vectors_of(texts, FIELDS)
    return question, Replay(
        vectors=vectors,
        gold=np.array([question.values.index(gold) for _, gold in rows]),
        cold=cold_start(vectors, name_vectors(question, guidelines)),
        votes=_prompted(brief, texts, question) if "prompted" in labelers else None,
    )


def _question(raw: object, values: list[str]) -> Question:
    asked = raw if raw is not None else [{"name": "label", "type": "choice", "title": "Label", "options": values}]
    try:
        (question,) = parse_questions(asked)
    except (InvalidQuestion, ValueError) as error:
        raise Refused(f"One choice question is wanted: {error}") from error
    if type_of(question).shape is not Shape.ONE:
        raise Refused(f"Only choices of one option can be replayed; “{question.title}” is of type {question.type}.")
    return question


def _prompted(brief: Brief, texts: list[ItemText], question: Question) -> np.ndarray:
    """[n, k] what the bundled language model says; a text that it fails on says nothing."""
    try:
        results = Prompted().build({"llm": "local", "guidelines": False}, brief).label(texts)
    except InvalidConfig as error:
        raise Refused(str(error)) from error
    votes = np.full((len(texts), len(question.values)), 1 / len(question.values))
    for row, result in enumerate(results):
        if isinstance(result, Prediction):
            votes[row] = [result.distribution[question.name][value] for value in question.values]
    return votes
