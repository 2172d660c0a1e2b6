"""Settle what waits of a group as it was intended, where a sample of the group vouches for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.aggregation.vouching import is_proven
from annotation.models import BulkChange, Candidate, Consensus, Project, Resolution, Stage, SynthesisRun, Verb, Vetting
from annotation.questions import Answers, InvalidAnswer, clean_answers
from annotation.reports.strata import strata_of

from . import bulk_labeling
from .advancing import advance
from .bulk_action import GONE, Before, Result, lock_items
from .errors import Conflict
from .recording import event

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
    leading: dict[int, Answers] = defaultdict(dict)
    for voted, question, value in Consensus.objects.filter(item__in=locked).values_list("item", "question", "value"):
        leading[voted][question] = value
    results: dict[int, Result] = dict.fromkeys(items, GONE)
    decisions: list[Resolution] = []
    for pk, item in locked.items():
        made = waiting.get(pk)
        if made is None or item.stage == Stage.SETTLED:
            results[pk] = WAITS_NO_MORE
            continue
        if made.fields != item.fields:
            results[pk] = REWRITTEN
            continue
        wanted = bulk_labeling.completed(change.project, made.answers, leading[pk])
        try:
            answers = clean_answers(change.project.question_list, wanted, item.fields)
        except InvalidAnswer as error:
            results[pk] = Result(reason=str(error))
            continue
        decisions.append(
            Resolution(
                project_id=change.project_id,
                item=item,
                reviewer=change.created_by,
                answers=answers,
                comment=change.details["comment"],
                version=item.version,
                schema_version=change.project.schema_version,
            )
        )
    for decision in Resolution.objects.bulk_create(decisions):
        results[decision.item_id] = Result({"resolution": decision.pk})
    accepted = [each.item_id for each in decisions]
    Candidate.objects.filter(item__in=accepted, **group).update(vetting=Vetting.ACCEPTED)
    log = [
        event(
            change.project_id,
            Verb.RESOLVED,
            user=change.created_by,
            item=each.item_id,
            change=change.pk,
            answers=each.answers,
            comment=each.comment,
        )
        for each in decisions
    ]
    advance(change.project, accepted, decision=True, user=change.created_by, log=log)
    return results


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    refused = bulk_labeling.revert(change, before)
    undone = [item for item in before if item not in refused]
    accepted = Candidate.objects.filter(item__in=undone, run=change.details["run"], vetting=Vetting.ACCEPTED)
    accepted.update(vetting=Vetting.WAITING)
    return refused
