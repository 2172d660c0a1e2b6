"""People mark which steps of a generated rationale are right; those come first whose writer knew the answer."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import Candidate, Fate, SynthesisRun, User, Verb
from annotation.reports.rationales import steps_of

from .errors import Refused
from .recording import record


@transaction.atomic
def check_rationale(candidate: Candidate, right: Sequence[bool], *, user: User) -> None:
    """Keep which steps are right, in their order, in place of what was said before. Raises Refused."""
    steps = steps_of(candidate.rationale)
    if not steps:
        raise Refused(_("This candidate has no rationale."), "steps")
    if len(right) != len(steps):
        raise Refused(
            _("The rationale has %(count)s steps; say of each whether it is right.") % {"count": len(steps)}, "steps"
        )
    Candidate.objects.filter(pk=candidate.pk).update(steps=list(right))
    candidate.steps = list(right)
    record(
        candidate.run.project_id,
        Verb.RATIONALE_CHECKED,
        user=user,
        item=candidate.item_id,
        candidate=candidate.pk,
        steps=list(right),
    )


def find_unchecked(run: SynthesisRun) -> Candidate | None:
    """The kept candidate whose rationale is to be checked next, hinted ones first; None when all are."""
    waiting = run.candidates.filter(fate=Fate.KEPT, steps=[]).exclude(rationale="")
    return waiting.order_by("-hinted", "pk").first()
