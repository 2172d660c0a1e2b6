"""Krippendorff's α: agreement beyond chance for any number of annotators, missing votes, and any distance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.sparse import csr_array

from annotation.questions import Answer
from annotation.questions.speech import gettext_noop

from .ballots import SEED, Ballots, ballots, distinct_rows
from .scoring import two_sided

# Chance is worked out over all pairs of different values; of very many, over these that were given most often.
MOST_VALUES = 400
# Replicates of a bootstrap that are worked out at once have at most so many weights.
WEIGHTS_AT_ONCE = 4_000_000
CONFIDENCE = 0.95

NO_PAIRS = gettext_noop("No item has two answers yet.")
NO_CHANCE = gettext_noop("Everyone gave the same answer to everything, so chance cannot be told.")

Distance = Callable[[Answer, Answer], float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alpha` is None where undefined, and `undefined` then says why. `raw` is 1 less the mean distance of pairs.

    `low`, `high`: where α lies with 95 % confidence, by a bootstrap over items; None where none was asked for.
    """

    alpha: float | None
    raw: float | None
    items: int
    undefined: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """What each item adds to the sums of which α is a ratio; the same items are one row, `times` as many.

    `observed`: Σ δ over ordered pairs, each by 1 / (votes − 1). `votes`: pairable ones. `apart`: Σ δ over ordered
    pairs, `pairs` of them. `given`: sparse [rows, values], how often each value was given. `between`: δ of the values.
    """

    times: np.ndarray
    observed: np.ndarray
    votes: np.ndarray
    apart: np.ndarray
    pairs: np.ndarray
    given: csr_array
    between: np.ndarray


def alpha(units: Iterable[Sequence[Answer]], distance: Distance, *, replicates: int = 0) -> Agreement:
    """α = 1 − D_observed / D_expected over units, one unit being the votes on one item (Krippendorff 2011).

    `distance`: 0 for the same answers, at most 1. Units with fewer than two votes carry no pairs and are left out.
    `replicates`: of the bootstrap, for `low` and `high`.
    """
    votes = ((number, place, vote) for number, unit in enumerate(units) for place, vote in enumerate(unit))
    return alpha_of(ballots(votes), distance, replicates=replicates)


def alpha_of(votes: Ballots, distance: Distance, *, replicates: int = 0) -> Agreement:
    """α of all votes, each item a unit."""
    return agreement_from(shares_of(votes, distance), replicates=replicates)


def alpha_between(
    votes: Ballots, ones: Collection[Hashable], others: Collection[Hashable], distance: Distance, *, replicates: int = 0
) -> Agreement:
    """Do these annotators agree with those, e.g. a model with people? Every vote of one side with every vote of the
    other on the same item is a unit of two; the bootstrap draws items, whose pairs belong together."""
    side = np.array([(name in ones) - (name in others) for name in votes.annotator_names], dtype=int)
    mine = side[votes.annotators] if len(side) else np.empty(0, int)
    firsts, seconds = votes.pairs()
    across = mine[firsts] * mine[seconds] == -1
    firsts, seconds = firsts[across], seconds[across]
    units = np.repeat(np.arange(len(firsts)), 2)
    paired = Ballots(
        units,
        np.tile([0, 1], len(firsts)),
        votes.codes[np.stack([firsts, seconds], axis=1).ravel()] if len(firsts) else np.empty(0, np.int64),
        tuple(range(len(firsts))),
        (0, 1),
        votes.answers,
    )
    return agreement_from(shares_of(paired, distance, clusters=votes.items[firsts]), replicates=replicates)


def alpha_over(
    votes: Ballots, windows: Mapping[Hashable, Hashable], distance: Distance, *, replicates: int = 0
) -> dict[Hashable, Agreement]:
    """α by window: `windows` says of each item to which it belongs, e.g. the week of its last answer."""
    found = np.array([windows.get(name) for name in votes.item_names], dtype=object)
    return {
        window: alpha_of(votes.only((found == window)[votes.items]), distance, replicates=replicates)
        for window in dict.fromkeys(windows.values())
    }


def alpha_by_label(
    votes: Ballots, labels: Sequence[str], holding: Callable[[Answer], Collection[str]], *, replicates: int = 0
) -> dict[str, Agreement]:
    """α of each label against all others: did people agree on whether an answer has it?

    `holding`: the labels that an answer has: itself where one is chosen, each where several are.
    """
    has = np.array([[label in held for label in labels] for held in map(holding, votes.answers)], dtype=np.int64)
    return {
        label: alpha_of(
            Ballots(votes.items, votes.annotators, has[votes.codes, place], votes.item_names, (), (0, 1)),
            lambda one, other: float(one != other),
            replicates=replicates,
        )
        if len(votes.codes)
        else Agreement(None, None, 0, NO_PAIRS)
        for place, label in enumerate(labels)
    }


def shares_of(votes: Ballots, distance: Distance, *, clusters: np.ndarray | None = None) -> Shares:
    """`clusters`: int [items], items that a bootstrap draws together; without them, each by itself."""
    votes = votes.only((votes.sizes() > 1)[votes.items]) if len(votes.items) else votes
    sizes = votes.sizes()
    values, codes = np.unique(votes.codes, return_inverse=True)
    answers = [votes.answers[value] for value in values]
    firsts, seconds = votes.pairs()
    apart = distances_met(answers, codes[firsts], codes[seconds], distance)
    count = len(sizes)
    apart_of = 2 * np.bincount(votes.items[firsts], weights=apart, minlength=count)
    rows = np.arange(count) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    most = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")[:MOST_VALUES]
    place = np.full(len(values), -1)
    place[most] = np.arange(len(most))
    common = place[codes] >= 0
    height = int(rows.max(initial=-1)) + 1
    given = csr_array(
        (np.ones(int(common.sum())), (rows[votes.items[common]], place[codes[common]])), shape=(height, len(most))
    )
    known = [answers[value] for value in most]
    upper = np.triu_indices(len(most), 1)
    between = np.zeros((len(most), len(most)))
    between[upper] = [distance(known[one], known[other]) for one, other in zip(*upper, strict=True)]

    def summed(of: np.ndarray) -> np.ndarray:
        return np.bincount(rows, weights=of, minlength=height)

    shares = Shares(
        times=np.ones(height, np.int64),
        observed=summed(apart_of / np.maximum(sizes - 1, 1)),
        votes=summed(sizes),
        apart=summed(apart_of),
        pairs=summed(sizes * (sizes - 1)),
        given=given,
        between=between + between.T,
    )
    return _collapsed(shares)


def agreement_from(shares: Shares, *, replicates: int = 0) -> Agreement:
    """α, and with `replicates` its interval by the percentiles of a bootstrap over items."""
    items = int(shares.times.sum())
    if not items:
        return Agreement(None, None, 0, NO_PAIRS)
    raw = 1 - float(shares.times @ shares.apart) / float(shares.times @ shares.pairs)
    (found,) = _alphas(shares, shares.times[None, :])
    if np.isnan(found):
        return Agreement(None, raw, items, NO_CHANCE)
    low, high = interval_of(float(found), [_alphas(shares, each) for each in drawn(shares.times, replicates)])
    return Agreement(float(found), raw, items, low=low, high=high)


def drawn(times: np.ndarray, replicates: int) -> Iterator[np.ndarray]:
    """Weights of a bootstrap's replicates, [at once, rows]: as many items as there are, drawn with replacement."""
    chance = np.random.default_rng(SEED)
    items = int(times.sum())
    row_of = np.repeat(np.arange(len(times)), times)
    at_once = max(1, WEIGHTS_AT_ONCE // max(1, len(times)))
    for start in range(0, replicates, at_once):
        count = min(at_once, replicates - start)
        if len(times) < items / 10:
            yield chance.multinomial(items, times / items, size=count)
        else:
            # To draw every row's number takes longer than to draw the items, where most rows are one item.
            rows = (row_of[chance.integers(items, size=items)] for _ in range(count))
            yield np.stack([np.bincount(each, minlength=len(times)) for each in rows])


def interval_of(found: float, replicates: Sequence[np.ndarray]) -> tuple[float | None, float | None]:
    """Where the middle 95 % of the replicates lie that are defined, corrected for their bias (Efron 1987, BC): drawing
    an item twice makes rare answers seem common. None without replicates."""
    defined = np.array([each for some in replicates for each in some if not np.isnan(each)])
    if not len(defined):
        return None, None
    below = ((defined < found).mean() + (defined <= found).mean()) / 2
    shift = 2 * scipy.stats.norm.ppf(np.clip(below, 0.5 / len(defined), 1 - 0.5 / len(defined)))
    reach = two_sided(CONFIDENCE)
    low, high = np.quantile(defined, scipy.stats.norm.cdf([shift - reach, shift + reach]))
    return float(low), float(high)


def distances_met(answers: Sequence[Answer], ones: np.ndarray, others: np.ndarray, distance: Distance) -> np.ndarray:
    """δ of each pair of numbers of answers, asked once for every two different ones that met."""
    low, high = np.minimum(ones, others), np.maximum(ones, others)
    met, which = np.unique(low * len(answers) + high, return_inverse=True)
    asked = [
        0.0 if one == other else distance(answers[one], answers[other])
        for one, other in zip(*divmod(met, max(1, len(answers))), strict=True)
    ]
    return np.array(asked, dtype=float)[which]


def _collapsed(shares: Shares) -> Shares:
    """Items on which the same values were given, as one row: of classes there are few kinds, however many items."""
    kept = np.flatnonzero(shares.votes > 0)
    sums = shares.observed[kept], shares.apart[kept], shares.pairs[kept]
    first, times = distinct_rows(shares.given[kept], *sums)
    rows = kept[first]
    return Shares(
        times=times,
        observed=shares.observed[rows],
        votes=shares.votes[rows],
        apart=shares.apart[rows],
        pairs=shares.pairs[rows],
        given=shares.given[rows],
        between=shares.between,
    )


def _alphas(shares: Shares, weights: np.ndarray) -> np.ndarray:
    """α under each row of `weights` [replicates, rows]; NaN where it is undefined."""
    observed, votes = weights @ shares.observed, weights @ shares.votes
    given = shares.given.T.dot(weights.T).T
    common = given.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = ((given @ shares.between) * given).sum(axis=1) / (common * (common - 1))
        return np.where(expected > 0, 1 - observed / votes / expected, np.nan)
