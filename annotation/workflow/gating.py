"""Of what a recipe made, people look at a sample of every group first; the rest of the group waits for what they find.

A group is an operation and what its items were made to be. Where the sample shows that labels are right often enough, a
manager may accept the rest as intended (`bulk_accepting`); where it does not, all of it is opened to people.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from annotation.aggregation.vouching import is_proven, sample_size
from annotation.models import (
    OPEN_STAGES,
    BulkAction,
    BulkChange,
    Candidate,
    Fate,
    Item,
    JobState,
    Project,
    SynthesisRun,
    User,
    Verb,
    Vetting,
)
from annotation.questions import Question, type_of
from annotation.reports.strata import Stratum, strata_of

from .changing_many import request_change
from .errors import Conflict
from .queueing import start_over
from .recording import record
from .terms import FEW

Group = tuple[str, str]


@transaction.atomic
def draw_samples(run_pk: int) -> None:
    """When a run is over: draw a sample of each of its groups, and let the rest wait. Harmless when it comes again."""
    run = SynthesisRun.objects.select_for_update(of=("self",)).select_related("project").get(pk=run_pk)
    fresh = run.candidates.filter(fate=Fate.KEPT, vetting="", item__in=Item.objects.filter(project=run.project_id))
    asked = checkable(run.project)
    groups: dict[Group, list[tuple[int, int]]] = defaultdict(list)
    for pk, item, operation, answers in fresh.values_list("pk", "item_id", "operation", "answers").iterator():
        groups[operation, label_of(answers, asked)].append((pk, item))
    drawn = run.candidates.filter(vetting=Vetting.SAMPLED).values_list("operation", "label")
    there, size = Counter(drawn.iterator()), sample_size(run.project.target_accuracy)
    waiting: dict[int, int] = {}
    for (operation, label), members in groups.items():
        members.sort(key=lambda member: _lot(member[0], run.seed))
        wanted = max(0, size - there[operation, label]) if label else 0
        _mark([pk for pk, _item in members[:wanted]], Vetting.SAMPLED, label)
        rest = members[wanted:]
        _mark([pk for pk, _item in rest], Vetting.WAITING if label else Vetting.OPENED, label)
        if label:
            waiting |= {item: pk for pk, item in rest}
    held = _hold(waiting)
    # Somebody is at these already, or has settled them.
    _mark([pk for item, pk in waiting.items() if item not in held], Vetting.OPENED)


def checkable(project: Project) -> list[Question]:
    """The questions whose answers are few enough to be compared."""
    return [each for each in project.question_list if type_of(each).shape in FEW]


def label_of(answers: Mapping[str, Any], asked: Collection[Question]) -> str:
    """The answers to these questions, as JSON; empty without any."""
    known = {each.name: answers[each.name] for each in asked if each.name in answers}
    return json.dumps(known, ensure_ascii=False, sort_keys=True) if known else ""


def is_proven_by_sample(stratum: Stratum, project: Project) -> bool:
    """Whether what people found in the whole of the sample vouches for the rest."""
    return (
        bool(stratum.answers)
        and not stratum.pending
        and is_proven(stratum.hits, stratum.tried, project.target_accuracy)
    )


def accept_stratum(run: SynthesisRun, *, operation: str, label: str, user: User) -> BulkChange:
    """Settle the items that wait as they were intended: a change of many items, which can be taken back.

    Raises Refused where the sample does not vouch for them.
    """
    waiting = _waiting(run, operation, label).values_list("item_id", flat=True)
    return request_change(
        run.project,
        action=BulkAction.ACCEPT,
        among=list(waiting),
        user=user,
        details={"run": run.pk, "operation": operation, "label": label},
    )


@transaction.atomic
def open_stratum(run: SynthesisRun, *, operation: str, label: str, user: User | None = None) -> int:
    """Give the items that wait to people after all: how many. Raises Conflict where none waits."""
    SynthesisRun.objects.select_for_update().get(pk=run.pk)
    waiting = dict(_waiting(run, operation, label).values_list("item_id", "pk"))
    if not waiting:
        raise Conflict(_("Nothing of this group waits any more."))
    project = run.project
    list(Item.objects.select_for_update(no_key=True).filter(pk__in=waiting).order_by("pk").values_list("pk"))
    Item.objects.filter(pk__in=waiting).update(slots=Greatest(F("taken"), F("wanted"), Value(project.overlap)))
    _mark(waiting.values(), Vetting.OPENED)
    start_over(project)
    record(project, Verb.STRATUM_OPENED, user=user, synthesis_run=run.pk, operation=operation, items=len(waiting))
    return len(waiting)


def open_unproven() -> None:
    """Open the groups whose samples are done and vouch for nothing. Cheap when nothing waits."""
    waits = Candidate.objects.filter(run=OuterRef("pk"), vetting=Vetting.WAITING)
    runs = SynthesisRun.objects.filter(Exists(waits)).exclude(state__in=JobState.active()).select_related("project")
    for run in runs:
        for stratum in strata_of([run.pk], sampled=True):
            # What a group was made to be may have gone with its question: then no sample can vouch for it.
            undecided = stratum.pending and stratum.answers
            if undecided or is_proven_by_sample(stratum, run.project):
                continue
            if _waiting(run, stratum.operation, stratum.label).exists():
                open_stratum(run, operation=stratum.operation, label=stratum.label)


def _waiting(run: SynthesisRun, operation: str, label: str) -> QuerySet[Candidate]:
    return run.candidates.filter(vetting=Vetting.WAITING, operation=operation, label=label)


def _lot(pk: int, seed: int) -> bytes:
    return hashlib.md5(f"{seed}:{pk}".encode(), usedforsecurity=False).digest()


def _mark(candidates: Collection[int], vetting: Vetting, label: str | None = None) -> None:
    Candidate.objects.filter(pk__in=candidates).update(vetting=vetting, **({} if label is None else {"label": label}))


def _hold(items: Collection[int]) -> set[int]:
    """Take these items out of the queue: those that nobody holds, has answered or decided."""
    # An item without a place is claimed by nobody; locked in the order of ids, as `advance` locks.
    rows = Item.objects.select_for_update(no_key=True).filter(pk__in=items, taken=0, wanted=0, stage__in=OPEN_STAGES)
    held = set(rows.order_by("pk").values_list("pk", flat=True))
    Item.objects.filter(pk__in=held).update(slots=0)
    return held
