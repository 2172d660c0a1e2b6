"""What holds of every way to make one answer of a crowd's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annotation.aggregation.crowd import Crowd
from annotation.aggregation.registry import METHODS, Method, method_of
from annotation.questions import Shape

from .crowds import drawn, shuffled, skilled


@pytest.fixture(scope="module")
def crowd() -> tuple[Crowd, np.ndarray]:
    made, truth = drawn(skilled([0.9, 0.85, 0.8, 0.7, 0.6, 0.4], 3), 150, per_item=4)
    clamped = np.full(150, -1, np.int32)
    clamped[:30] = truth[:30]
    # Two known answers that everybody would contradict.
    clamped[:2] = (truth[:2] + 1) % 3
    return replace(made, clamped=clamped), truth


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_keeps_its_contract(method: Method, crowd: tuple[Crowd, np.ndarray]) -> None:
    """Distributions that sum to 1, matrices of the crowd's shape, known answers certain, and better than chance."""
    votes, truth = crowd
    fit = method.fitter(votes)
    assert fit.method == method.name
    np.testing.assert_allclose(fit.posteriors.sum(axis=1), 1)
    np.testing.assert_allclose(fit.prior.sum(), 1)
    assert fit.confusion.shape == (6, 3, 3)
    np.testing.assert_allclose(fit.confusion.sum(axis=2), 1)
    assert votes.clamped is not None
    assert (fit.posteriors[np.arange(30), votes.clamped[:30]] == 1).all()
    right = method.decide(fit)[30:] == truth[30:]
    # The middle of classes that stand in no order is only roughly what most said.
    assert right.mean() > (0.6 if method.name == "median" else 0.75)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_orders_and_names_leave_no_trace(method: Method, crowd: tuple[Crowd, np.ndarray]) -> None:
    votes = crowd[0]
    one, other = method.fitter(votes), method.fitter(shuffled(votes))
    assert (one.posteriors == other.posteriors).all()
    assert (one.confusion == other.confusion).all()
    renamed = np.array([3, 5, 0, 1, 4, 2])
    other = method.fitter(replace(votes, annotators=renamed[votes.annotators].astype(np.int32)))
    # Random starts are drawn for other annotators then; what is decided stays.
    assert (method.decide(other) == method.decide(one)).mean() > 0.97


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_nobody_and_nothing_are_no_accident(method: Method) -> None:
    """Items without votes, annotators without answers, and a single label."""
    nothing = np.zeros(0, np.int32)
    known = np.array([1, -1, -1], np.int32)
    some = Crowd(np.array([0, 1], np.int32), np.zeros(2, np.int32), np.ones(2, np.int32), 3, 2, 2, known)
    np.testing.assert_allclose(method.fitter(some).posteriors.sum(axis=1), 1)
    alone = Crowd(np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32), 1, 1, 1, np.zeros(1, np.int32))
    assert method.fitter(alone).posteriors.tolist() == [[1.0]]
    if not method.needs_known:
        empty = method.fitter(Crowd(nothing, nothing, nothing, 2, 1, 2))
        np.testing.assert_allclose(empty.posteriors.sum(axis=1), 1)


def test_methods_answer_to_their_other_names() -> None:
    assert method_of("DS").name == method_of("dawid-skene").name == "dawid_skene"
    assert method_of("mv").name == "majority"
    assert Shape.SCALE in method_of("ordinal").shapes
    with pytest.raises(KeyError):
        method_of("guessing")
