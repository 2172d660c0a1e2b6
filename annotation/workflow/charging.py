"""Book what models cost on the run they work for, and stop it when its money is spent."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from annotation.llms.accounting import Stop
from annotation.models import Experiment, Run, SynthesisRun

Charged = type[Run] | type[SynthesisRun] | type[Experiment]


def charge(runs: Charged, run_pk: int, amount: Decimal) -> Decimal | None:
    """Add `amount` to what one of `runs` has cost; how much it may still spend, None without a budget.

    Every worker books at once, so that all of them see what the others have spent. Raises Stop when the run is over.
    """
    if amount:
        runs.objects.filter(pk=run_pk).update(cost=F("cost") + amount)
    run = runs.objects.only("state", "cost", "budget").get(pk=run_pk)
    if not run.is_active:
        raise Stop("The run was ended while its model was at work.")
    return None if run.budget is None else run.budget - run.cost


def spent(runs: Charged, run_pk: int) -> str:
    """A sentence about a run whose money does not reach for another request."""
    run = runs.objects.only("cost", "budget").get(pk=run_pk)
    return _("The budget of %(budget)s is spent: the run has cost %(cost)s.") % {
        "budget": money(run.budget or Decimal(0)),
        "cost": money(run.cost),
    }


def money(amount: Decimal) -> str:
    """Two digits after the point, and more where they matter: 12.50, 0.0042."""
    rounded = amount.quantize(Decimal("0.01"))
    return f"{rounded:,}" if rounded == amount or amount >= 1 else f"{amount.normalize():f}"
