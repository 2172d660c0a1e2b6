"""EM for confusion matrices, alone and held to known answers, against what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annotation.aggregation.anchored import Settings, anchored
from annotation.aggregation.crowd import Crowd
from annotation.aggregation.dawid_skene import dawid_skene
from annotation.aggregation.mace import mace
from annotation.aggregation.majority_vote import majority_vote, winners
from annotation.aggregation.one_coin import one_coin
from annotation.aggregation.ordinal import ordinal
from annotation.aggregation.tallying import TooManyLabels
from annotation.aggregation.wawa import wawa

from .crowds import crowd_of, drawn, skilled


def test_matrices_come_near_those_that_votes_were_drawn_from() -> None:
    matrices = np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.1, 0.9]], [[0.8, 0.2], [0.2, 0.8]]])
    crowd, truth = drawn(matrices, 4_000, prior=np.array([0.3, 0.7]))
    fit = dawid_skene(crowd)
    assert fit.converged
    assert np.abs(fit.confusion - matrices).max() < 0.06
    assert np.abs(fit.prior - [0.3, 0.7]).max() < 0.04
    # Nobody can do better than Bayes with the true matrices.
    joint = np.log([0.3, 0.7]) + sum(
        np.log(
            matrices[who][:, crowd.votes[crowd.annotators == who][np.argsort(crowd.items[crowd.annotators == who])]]
        ).T
        for who in range(3)
    )
    best = (joint.argmax(axis=1) == truth).mean()
    assert (winners(fit.posteriors, fit.prior) == truth).mean() > best - 0.01


def test_the_posterior_is_bayes_rule_by_hand() -> None:
    """With matrices fixed by many known items, an open item's posterior is prior × likelihoods."""
    rows = [(item, who, item % 2) for item in range(200) for who in range(2)]
    rows += [(200, 0, 0), (200, 1, 1), (201, 0, 1), (201, 1, 1)]
    crowd = crowd_of(rows, known={item: item % 2 for item in range(200)})
    fit = dawid_skene(crowd)
    heard = fit.prior * fit.confusion[0][:, 0] * fit.confusion[1][:, 1]
    np.testing.assert_allclose(fit.posteriors[200], heard / heard.sum(), atol=1e-9)
    assert fit.posteriors[201, 1] > 0.999


@pytest.mark.parametrize("fitter", [dawid_skene, one_coin, mace, ordinal])
def test_what_em_climbs_never_falls(fitter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The objective after n rounds, for growing n."""
    crowd, _ = drawn(skilled([0.8, 0.6, 0.5, 0.4], 4), 60, seed=3)
    module = __import__(fitter.__module__, fromlist=["ROUNDS"])
    monkeypatch.setattr(module, "ENOUGH", -1.0)
    reached = []
    for rounds in (1, 2, 3, 5, 8, 13, 30):
        if fitter is dawid_skene:
            fit = dawid_skene(crowd, rounds=rounds, enough=-np.inf)
        elif fitter is mace:
            monkeypatch.setattr(module, "SCREENING", rounds)
            monkeypatch.setattr(module, "ROUNDS", 0)
            fit = mace(crowd, starts=1)
        else:
            monkeypatch.setattr(module, "ROUNDS", rounds)
            fit = fitter(crowd)
        reached.append(fit.diagnostics["objective"])
    assert (np.diff(reached) >= -1e-8).all()
    assert reached[-1] > reached[0]


def test_weights_count_as_so_many_votes() -> None:
    rows = [(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0), (2, 0, 1), (2, 1, 1)]
    weighted = replace(crowd_of(rows), weights=np.array([2.0, 1, 1, 1, 1, 1]))
    assert majority_vote(weighted).posteriors[0].tolist() == [2 / 3, 1 / 3]
    assert not np.allclose(dawid_skene(weighted).posteriors, dawid_skene(crowd_of(rows)).posteriors)


def test_a_tie_goes_to_the_commoner_label_and_then_by_lot() -> None:
    rows = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)]
    fit = majority_vote(crowd_of(rows))
    assert fit.posteriors[0].tolist() == [0.5, 0.5]
    assert winners(fit.posteriors, fit.prior).tolist() == [1, 1]
    even = winners(np.full((4_000, 2), 0.5), np.array([0.5, 0.5]))
    assert 0.45 < even.mean() < 0.55
    assert (even == winners(np.full((4_000, 2), 0.5), np.array([0.5, 0.5]))).all()


def test_wawa_weighs_by_agreement_with_the_majority() -> None:
    """Three who always agree, and two who never do; on the last item the two stand against one."""
    rows = [(item, who, item % 2) for item in range(10) for who in range(3)]
    rows += [(item, who, 1 - item % 2) for item in range(10) for who in (3, 4)]
    rows += [(10, 0, 0), (10, 3, 1), (10, 4, 1)]
    fit = wawa(crowd_of(rows))
    # Agreement: 10 of 11 for the one, 1 of 11 for the two, whose win of the last item is their only one.
    np.testing.assert_allclose(fit.posteriors[10], [10 / 12, 2 / 12])


def test_too_many_labels_are_refused_where_matrices_would_not_fit() -> None:
    huge = Crowd(*(np.zeros(1, np.int32) for _ in range(3)), 1, 5_000, 5_000)  # type: ignore[misc]
    with pytest.raises(TooManyLabels, match="5,000 annotators and 5,000 labels"):
        dawid_skene(huge)
    assert majority_vote(huge).confusion.shape == (0, 5_000, 5_000)


def herd(seed: int) -> tuple[Crowd, np.ndarray]:
    """Four models that know the answer mostly, and eight that follow the same wrong hunch on most items."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(3, size=400)
    hunch = np.where(draw.random(400) < 0.35, truth, (truth + draw.integers(1, 3, 400)) % 3)
    rows = []
    for who in range(12):
        follows = truth if who < 4 else hunch
        noise = draw.random(400) < (0.3 if who < 4 else 0.15)
        said = np.where(noise, draw.integers(3, size=400), follows)
        rows += [(item, who, int(said[item])) for item in range(400)]
    return crowd_of(rows, labels=3), truth


def test_anchors_keep_a_herd_from_being_taken_for_the_truth() -> None:
    gained = []
    for seed in range(2):
        crowd, truth = herd(seed)
        known = np.full(400, -1, np.int32)
        known[:50] = truth[:50]
        held = replace(crowd, clamped=known)
        free = (dawid_skene(crowd).posteriors.argmax(axis=1) == truth)[50:].mean()
        plain = (dawid_skene(held).posteriors.argmax(axis=1) == truth)[50:].mean()
        fit = anchored(held)
        right = (fit.posteriors.argmax(axis=1) == truth)[50:].mean()
        assert free < 0.6
        assert fit.diagnostics["open_weight"] < 0.4
        gained.append(right - max(free, plain))
        assert right > 0.75
    assert min(gained) > 0.1


def test_anchored_counts_in_full_where_annotators_are_independent() -> None:
    crowd, truth = drawn(skilled([0.8, 0.75, 0.7, 0.65, 0.6], 2), 300, seed=5)
    known = np.full(300, -1, np.int32)
    known[:60] = truth[:60]
    fit = anchored(replace(crowd, clamped=known))
    assert fit.power > 0.5
    assert fit.diagnostics["anchors"] == 60
    exact = anchored(crowd, Settings(power=1.0, open_weight=1.0))
    free = dawid_skene(crowd)
    assert (exact.posteriors.argmax(axis=1) == free.posteriors.argmax(axis=1)).mean() > 0.93
