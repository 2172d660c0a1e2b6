"""Every figure by name, and the dashboards that show them in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .accuracy import ACCURACY
from .agreement import AGREEMENT
from .anchoring import ANCHORING
from .automation import AUTOMATION
from .balance import BALANCE
from .base import Kind
from .burn_up import BURN_UP
from .contradictions import CONTRADICTIONS
from .cost import COST
from .drift import DRIFT
from .failures import FAILURES
from .funnel import FUNNEL
from .haste import HASTE
from .model_worth import MODEL_WORTH
from .people_confusion import PEOPLE_CONFUSION
from .people_pairs import PEOPLE_PAIRS
from .people_work import PEOPLE_WORK
from .prevalence import PREVALENCE
from .reliability import RELIABILITY
from .savings import SAVINGS
from .standing_in import STANDING_IN
from .synthetic_bias import BIAS
from .synthetic_diversity import DIVERSITY
from .synthetic_fidelity import FIDELITY
from .synthetic_labels import LABELS
from .synthetic_leaks import LEAKS
from .synthetic_neighbours import NEIGHBOURS
from .synthetic_utility import UTILITY
from .synthetic_validity import VALIDITY
from .wrong_labels import WRONG_LABELS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BOARDS: dict[str, StrOrPromise] = {
    "project": _("Project"),
    "people": _("People"),
    "models": _("Models"),
    "quality": _("Label quality"),
    "synthetic": _("Synthetic data"),
}
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        FUNNEL,
        BURN_UP,
        ACCURACY,
        AGREEMENT,
        AUTOMATION,
        SAVINGS,
        PREVALENCE,
        COST,
        PEOPLE_WORK,
        HASTE,
        DRIFT,
        PEOPLE_PAIRS,
        PEOPLE_CONFUSION,
        STANDING_IN,
        MODEL_WORTH,
        RELIABILITY,
        FAILURES,
        WRONG_LABELS,
        CONTRADICTIONS,
        ANCHORING,
        BALANCE,
        VALIDITY,
        UTILITY,
        FIDELITY,
        LABELS,
        NEIGHBOURS,
        DIVERSITY,
        LEAKS,
        BIAS,
    )
}  # fmt: skip


def kinds_of(board: str) -> list[Kind]:
    """The figures of a dashboard, in its order."""
    return [kind for kind in KINDS.values() if kind.board == board]
