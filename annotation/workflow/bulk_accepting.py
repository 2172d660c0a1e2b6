"""Settle what waits of a group as it was intended, where a sample of the group vouches for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.aggregation.vouching import is_proven
from annotation.models import BulkChange, Candidate, Project, Stage, SynthesisRun, Vetting
from annotation.questions import Answers
from annotation.reports.strata import strata_of

from . import bulk_labeling
from .bulk_action import GONE, Before, Result, lock_items
from .errors import Conflict

WAITS_NO_MORE = Result(reason=gettext_noop("It does not wait for its group any more."))
REWRITTEN = Result(reason=gettext_noop("It was rewritten, so the sample says nothing of it."))


def clean_details(project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
    """{"run": id, "operation": text, "label": JSON of the intended answers}"""
    run = SynthesisRun.objects.filter(project=project, pk=details["run"]).first()
    group = (details.get("operation"), details.get("label"))
    sample = strata_of([run.pk], sampled=True) if run else []
    found = next((each for each in sample if (each.operation, each.label) == group), None)
    if found is None or not found.answers:
        raise Conflict(_("This run has no such group with a sample."))
    if found.pending:
        raise Conflict(_("%(pending)s items of the sample are still to be decided.") % {"pending": found.pending})
    if not is_proven(found.hits, found.tried, project.target_accuracy):
        raise Conflict(
            _("%(right)s of %(checked)s were as intended: too few to vouch for the rest.")
            % {"right": found.hits, "checked": found.tried}
        )
    told = f"Accepted with its group: {found.hits} of {found.tried} that people looked at were as intended."
    return {"run": details["run"], "operation": found.operation, "label": found.label, "comment": told}


def apply(change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
    locked = lock_items(change.project_id, items)
    group = {"run": change.details["run"], "operation": change.details["operation"], "label": change.details["label"]}
    waiting = {
        each.item_id: each for each in Candidate.objects.filter(item__in=locked, vetting=Vetting.WAITING, **group)
    }
    results: dict[int, Result] = dict.fromkeys(items, GONE)
    intended: dict[int, Answers] = {}
    for pk, item in locked.items():
        made = waiting.get(pk)
        if made is None or item.stage == Stage.SETTLED:
            results[pk] = WAITS_NO_MORE
        elif made.fields != item.fields:
            results[pk] = REWRITTEN
        else:
            intended[pk] = made.answers
    results |= bulk_labeling.decide(change, locked, intended)
    accepted = [pk for pk in intended if not results[pk].reason]
    Candidate.objects.filter(item__in=accepted, **group).update(vetting=Vetting.ACCEPTED)
    return results


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    refused = bulk_labeling.revert(change, before)
    undone = [item for item in before if item not in refused]
    accepted = Candidate.objects.filter(item__in=undone, run=change.details["run"], vetting=Vetting.ACCEPTED)
    accepted.update(vetting=Vetting.WAITING)
    return refused
