"""Every way to make one answer of a crowd's. To add one: write its file, and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotation.questions import Shape

from .anchored import anchored
from .crowd import Fit, Fitter
from .dawid_skene import dawid_skene
from .ebcc import ebcc
from .mace import mace
from .majority_vote import majority_vote, winners
from .one_coin import one_coin
from .ordinal import median, median_vote, ordinal
from .trusting import trust_one
from .wawa import wawa


def _likeliest(fit: Fit) -> np.ndarray:
    return winners(fit.posteriors, fit.prior)


def _middle(fit: Fit) -> np.ndarray:
    return median(fit.posteriors)


CLASSES = frozenset({Shape.ONE, Shape.SCALE, Shape.ANY})
SCALES = frozenset({Shape.SCALE})


@dataclass(frozen=True, slots=True)
class Method:
    """`fitter` makes a fit of a crowd, and `decide` the [items] classes of a fit; `shapes`: of which answers (of sets,
    each option is a crowd of its own; of scales, classes have to be in order).

    `needs_known`: whether it cannot do without known answers. `aliases`: what else it is called.
    """

    name: str
    title: str
    description: str
    fitter: Fitter
    shapes: frozenset[Shape] = CLASSES
    needs_known: bool = False
    decide: Callable[[Fit], np.ndarray] = _likeliest
    aliases: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "majority", "Majority vote", "Every vote counts the same.", majority_vote, aliases=("mv", "majority_vote")
        ),
        Method("wawa", "Weighted majority", "Votes weigh as much as their author agrees with the majority.", wawa),
        Method("one_coin", "One coin", "Each annotator has one accuracy; for few votes or many labels.", one_coin),
        Method("mace", "MACE", "Each annotator knows the answer or speaks by habit.", mace),
        Method(
            "dawid_skene",
            "Dawid–Skene",
            "Each annotator has a confusion matrix; errors are independent.",
            dawid_skene,
            aliases=("ds",),
        ),
        Method(
            "anchored",
            "Dawid–Skene, anchored",
            "Confusion matrices held to known answers; for crowds with models, which err together.",
            anchored,
            aliases=("anchored_ds", "anchored_dawid_skene"),
        ),
        Method(
            "ebcc",
            "EBCC",
            "Items of a class are not all alike, so annotators may err together; slower.",
            ebcc,
        ),
        Method(
            "trust_one",
            "Trust one annotator",
            "The one with the best record on known answers decides; the others where they are silent.",
            trust_one,
            needs_known=True,
        ),
        Method("median", "Median", "The rating in the middle.", median_vote, SCALES, decide=_middle),
        Method("ordinal", "Strict and lenient raters", "Each has a bias and a spread on the scale.", ordinal, SCALES),
    )
}
_NAMES = {alias: method.name for method in METHODS.values() for alias in (method.name, *method.aliases)}


def method_of(name: str) -> Method:
    """By its name or an alias, hyphens and capitals aside. Raises KeyError."""
    return METHODS[_NAMES[name.lower().replace("-", "_")]]
