"""Votes that mark spans as a crowd that tags words; what comes of its fit is kept as `fitted_spans.SpanMatrices`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.questions import Answer, Question

from .crowd import Crowd, Fit
from .fitted_spans import SpanMatrices
from .knowing import matrices_of
from .tagging_spans import tag_count
from .token_spans import Texts, as_crowd
from .tokenizing import Place, pieces_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text was answered: `votes` are (annotator, spans), `known` the spans that are known to be right."""

    item: int
    text: str
    votes: Sequence[tuple[int, Answer]]
    known: Answer | None = None


def word_crowd(question: Question, readings: Sequence[Reading], heard: Collection[int]) -> tuple[Crowd, np.ndarray]:
    """A crowd whose items are the words of all texts and whose classes are BIO tags; and [annotators] their ids.

    Of spans that overlap in one answer the longer teaches. Answers of annotators that are not in `heard` are left out.
    """
    labels = {label: place for place, label in enumerate(question.values)}
    ids = sorted({who for reading in readings for who, _ in reading.votes} & set(heard))
    number = {who: place for place, who in enumerate(ids)}
    lengths: list[int] = []
    texts: list[int] = []
    annotators: list[int] = []
    tags: list[np.ndarray] = []
    known: dict[int, np.ndarray] = {}
    for reading in readings:
        votes = [(who, _places(answer, reading.text)) for who, answer in reading.votes if who in number]
        right = None if reading.known is None else _places(reading.known, reading.text)
        if not votes:
            continue
        pieces = pieces_of(reading.text, [place for _, places in [*votes, (0, right or [])] for place in places])
        if right is not None:
            known[len(lengths)] = pieces.tags(right, labels)
        for who, places in votes:
            texts.append(len(lengths))
            annotators.append(number[who])
            tags.append(pieces.tags(places, labels))
        lengths.append(len(pieces))
    crowd, _ = as_crowd(
        Texts(
            lengths=np.array(lengths, np.int64),
            texts=np.array(texts, np.int64),
            annotators=np.array(annotators, np.int32),
            tags=tags,
            annotator_count=len(ids),
            label_count=len(labels),
            known=known,
        )
    )
    return crowd, np.array(ids, np.int64)


def span_matrices(
    method: str, question: Question, crowd: Crowd, fit: Fit, ids: np.ndarray, human: Callable[[int], bool]
) -> SpanMatrices:
    """What is kept of the fit of a `word_crowd`; `human`: whether an id is a person's."""
    tags = [str(tag) for tag in range(tag_count(len(question.values)))]
    return SpanMatrices(question.values, matrices_of(method, tags, [(crowd, fit, ids)], human))


def _places(answer: Answer, text: str) -> list[Place]:
    return [(span["start"], span["end"], span["label"]) for span in answer if span["end"] <= len(text)]
