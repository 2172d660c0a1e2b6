"""Spans become tags and spans again; tokens and exact spans are voted on."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from annotation.aggregation.exact_spans import exact_spans, weigh
from annotation.aggregation.majority_vote import majority_vote
from annotation.aggregation.tagging_spans import may_follow, repaired, spans_of, tag_count, tags_of
from annotation.aggregation.token_spans import Texts, likeliest, token_spans


def test_tags_and_spans_are_each_others_inverse() -> None:
    spans = [(0, 2, 1), (2, 3, 1), (4, 7, 0)]
    assert tags_of(spans, 8).tolist() == [3, 4, 3, 0, 1, 2, 2, 0]
    assert spans_of(tags_of(spans, 8)) == spans
    assert spans_of(tags_of([(0, 4, 0), (1, 2, 1)], 4)) == [(0, 4, 0)]
    assert repaired(np.array([2, 2, 0, 4, 3, 2])).tolist() == [1, 2, 0, 3, 3, 1]


def test_the_path_is_the_best_of_all_well_formed_ones() -> None:
    posteriors = np.random.default_rng(0).dirichlet(np.ones(tag_count(2)), 4)
    allowed = may_follow(2)
    found = likeliest(posteriors, np.array([3, 1]), np.array([0, 3]), allowed)

    def worth(path: tuple[int, ...]) -> float:
        legal = allowed[0, path[0]] and all(allowed[a, b] for a, b in pairwise(path))
        return float(np.prod(posteriors[[0, 1, 2], path])) if legal else -1.0

    assert tuple(found[:3]) == max(product(range(5), repeat=3), key=worth)
    assert allowed[0, found[3]]


def marked(seed: int, texts: int = 250) -> tuple[Texts, list[list[tuple[int, int, int]]]]:
    """Texts of ten tokens with two spans; of the annotators, some overlook much and some mix the labels up."""
    draw = np.random.default_rng(seed)
    seen, named = draw.beta(4, 2, 12), draw.beta(8, 2, 12)
    truth, rows = [], []
    for text in range(texts):
        spans = [(1, 1 + int(draw.integers(1, 4)), int(draw.integers(2))), (6, 8, int(draw.integers(2)))]
        truth.append(spans)
        for who in draw.permutation(12)[:4]:
            said = [
                (start, end, label if draw.random() < named[who] else 1 - label)
                for start, end, label in spans
                if draw.random() < seen[who]
            ]
            if draw.random() < 0.05:
                said.append((9, 10, int(draw.integers(2))))
            rows.append((text, int(who), tags_of(said, 10)))
    return (
        Texts(
            lengths=np.full(texts, 10),
            texts=np.array([row[0] for row in rows]),
            annotators=np.array([row[1] for row in rows], np.int32),
            tags=[row[2] for row in rows],
            annotator_count=12,
            label_count=2,
            known={0: tags_of([(0, 10, 1)], 10)},
        ),
        truth,
    )


def f1(found: list[np.ndarray], truth: list[list[tuple[int, int, int]]]) -> float:
    pairs = [(set(spans_of(tags)), set(spans)) for tags, spans in zip(found, truth, strict=True)]
    return 2 * sum(len(a & b) for a, b in pairs) / sum(len(a) + len(b) for a, b in pairs)


def test_knowing_the_annotators_finds_more_spans_than_counting_them() -> None:
    texts, truth = marked(0)
    ours, counted = token_spans(texts), token_spans(texts, majority_vote)
    assert spans_of(ours.tags[0]) == [(0, 10, 1)]
    assert f1(ours.tags[1:], truth[1:]) > f1(counted.tags[1:], truth[1:]) + 0.02
    assert ours.sureness[0] == 1
    assert ((ours.sureness > 0) & (ours.sureness <= 1)).all()
    surest = np.argsort(-ours.sureness[1:])[:125] + 1
    assert f1([ours.tags[i] for i in surest], [truth[i] for i in surest]) > f1(ours.tags[1:], truth[1:])


def test_few_answers_are_enough() -> None:
    two_of_three = Texts(
        lengths=np.array([5, 0]),
        texts=np.array([0, 0, 0, 1]),
        annotators=np.array([0, 1, 2, 0], np.int32),
        tags=[tags_of([(0, 2, 0)], 5), tags_of([(0, 2, 0)], 5), tags_of([], 5), tags_of([], 0)],
        annotator_count=3,
        label_count=2,
    )
    found = token_spans(two_of_three)
    assert spans_of(found.tags[0]) == [(0, 2, 0)]
    assert spans_of(found.tags[1]) == []


def test_a_span_needs_more_than_half_of_the_readers() -> None:
    a, b, c = (0, 2, "X"), (0, 3, "X"), (5, 6, "Y")
    voted = exact_spans([(frozenset({a, c}), 1.0), (frozenset({a}), 1.0), (frozenset({b}), 1.0)])
    assert voted.spans == {a: pytest.approx(2 / 3)}
    assert voted.sureness == pytest.approx(2 / 3)
    assert exact_spans([(frozenset({a}), 1.0), (frozenset(), 1.0)]).spans == {}
    assert exact_spans([(frozenset(), 1.0)]).sureness == 1


def test_who_marks_what_nobody_else_does_weighs_less() -> None:
    texts = [[(who, frozenset({(0, 2 if who < 3 else 3, "X")})) for who in range(4)] for _ in range(20)]
    weights = weigh(texts, 4)
    assert weights[0] == weights[1] > 3 * weights[3]
