"""Subtypes find annotators who err together; the bound rises, and restarts are the same every time."""

from __future__ import annotations

import numpy as np

from annotation.aggregation import ebcc as module
from annotation.aggregation.dawid_skene import dawid_skene
from annotation.aggregation.ebcc import ebcc
from annotation.aggregation.tallying import clamped_shares

from .crowds import crowd_of, drawn, skilled


def test_the_bound_never_falls() -> None:
    crowd, _ = drawn(skilled([0.8, 0.7, 0.6], 3), 80, seed=2)
    votes = module._Votes(crowd)
    split = np.random.default_rng(0).dirichlet(np.ones(3), (80, 3))
    state = module._State((split * clamped_shares(crowd)[:, :, None]).reshape(80, -1))
    bounds = []
    for _ in range(40):
        votes.climb(state, 3, 1)
        bounds.append(state.bound)
    assert (np.diff(bounds) >= -1e-7).all()
    assert bounds[-1] > bounds[0]


def test_items_that_mislead_most_are_told_from_the_others() -> None:
    """A fifth of class 0 looks like class 1 to three annotators at once, while two see through it. Independent errors
    cannot explain the pattern; a subtype can."""
    draw = np.random.default_rng(4)
    truth = draw.integers(2, size=600)
    deceptive = (truth == 0) & (draw.random(600) < 0.3)
    rows = []
    for item in range(600):
        for who in range(5):
            fooled = deceptive[item] and who < 3
            right = 0.1 if fooled else (0.92 if who < 3 else 0.75)
            rows.append((item, who, int(truth[item] if draw.random() < right else 1 - truth[item])))
    crowd = crowd_of(rows, known={item: int(truth[item]) for item in range(60)})
    ours = ebcc(crowd).posteriors.argmax(axis=1) == truth
    theirs = dawid_skene(crowd).posteriors.argmax(axis=1) == truth
    assert ours[60:].mean() > theirs[60:].mean() + 0.01
    again = ebcc(crowd)
    assert (again.posteriors == ebcc(crowd).posteriors).all()


def test_large_crowds_get_fewer_subtypes_and_starts(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    crowd, _ = drawn(skilled([0.9, 0.8], 2), 40)
    monkeypatch.setattr(module, "MOST_CELLS", 300)
    monkeypatch.setattr(module, "MOST_WORK", 20_000)
    fit = ebcc(crowd)
    assert fit.diagnostics["subtypes"] < 5
    assert fit.diagnostics["starts"] < 5
