"""Where a snapshot's generated items come from: which runs of which recipes, and how they were vouched for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.aggregation.scoring import wilson
from annotation.models import Asking, Candidate, Stage, SynthesisRun, Vetting

from .rationales import rationales_of
from .strata import strata_of

REVIEWED, ACCEPTED, UNREVIEWED = "reviewed", "accepted", "unreviewed"
DIGITS = 6


def origins_of(items: Sequence[tuple[int, str]]) -> dict[int, tuple[int, str]]:
    """{item: (run, REVIEWED, ACCEPTED or UNREVIEWED)} of items with their stages, those that no run knows left out."""
    made = Candidate.objects.filter(item__in=[item for item, _stage in items]).values_list("item_id", "run", "vetting")
    stages = dict(items)
    return {
        item: (
            run,
            UNREVIEWED if stages[item] != Stage.SETTLED else ACCEPTED if vetting == Vetting.ACCEPTED else REVIEWED,
        )
        for item, run, vetting in made
    }


def recipes_of(counted: Mapping[tuple[int, str], int]) -> list[dict[str, Any]]:
    """What the manifest says of each run that items of the snapshot come from; `counted` by run and how vouched for."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for (pk, how), count in counted.items():
        counts[pk][how] += count
    found = []
    for run in SynthesisRun.objects.filter(pk__in=counts).order_by("pk"):
        strata = [each for each in strata_of([run.pk]) if each.answers]
        checked, right = sum(each.checked for each in strata), sum(each.right for each in strata)
        asked = Asking.objects.filter(run=run, call__isnull=False).order_by("role", "call__llm", "call__digest")
        models = asked.values_list("role", "call__llm", "call__digest").distinct()
        found.append(
            {
                "run": run.pk,
                "recipe": run.recipe,
                "version": run.recipe_version,
                "parameters": run.parameters,
                "seed": run.seed,
                "seeds": len(run.drawn["seeds"]),
                "licence": run.licence,
                "models": [{"role": role, "model": llm, "digest": digest} for role, llm, digest in models],
                "items": counts[run.pk].total(),
                REVIEWED: counts[run.pk][REVIEWED],
                ACCEPTED: counts[run.pk][ACCEPTED],
                UNREVIEWED: counts[run.pk][UNREVIEWED],
                "validity": _share(right, checked),
                "rationales": _rationales(run),
            }
        )
    return found


def _rationales(run: SynthesisRun) -> list[dict[str, Any]]:
    """Of the run's items that have one: those written without, and with knowing the answer; none where there are none.

    “right”: people found every step right.
    """
    of = rationales_of(run)
    groups = (
        (False, of.items - of.known, of.checked - of.known_checked, of.faulty - of.known_faulty),
        (True, of.known, of.known_checked, of.known_faulty),
    )
    return [
        {"told": told, "kept": kept, **_share(checked - faulty, checked)}
        for told, kept, checked, faulty in groups
        if kept
    ]


def _share(right: int, checked: int) -> dict[str, Any]:
    """With Wilson's interval."""
    low, high = wilson(right, checked)
    return {"checked": checked, "right": right, "low": round(low, DIGITS), "high": round(high, DIGITS)}
