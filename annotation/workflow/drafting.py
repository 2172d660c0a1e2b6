"""Keep what somebody has not finished, so that another device or a reload goes on with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import Assignment, AssignmentState
from annotation.questions.speech import number

from .errors import AssignmentClosed, Refused

DRAFT_SIZE = 200_000


def save_draft(assignment: Assignment, answers: Mapping[str, Any]) -> datetime | None:
    """Store unfinished answers as they are, and say when; the last writer wins. Nothing is logged.

    Raises AssignmentClosed where the item was answered or skipped, Refused where the draft is too large.
    """
    written = json.dumps(answers)
    if len(written) > DRAFT_SIZE:
        raise Refused(
            _("A draft has at most %(draft_size)s characters.") % {"draft_size": number(DRAFT_SIZE)}, "answers"
        )
    # A lease that ran out still takes an answer, so it takes a draft.
    kept = Assignment.objects.filter(pk=assignment.pk, state__in=(AssignmentState.OPEN, AssignmentState.EXPIRED))
    # JSONB holds every character but one.
    if not kept.update(draft=json.loads(written.replace("\\u0000", "")), drafted_at=Now()):
        raise AssignmentClosed(_("This item was answered or given back already."))
    assignment.refresh_from_db(fields=["draft", "drafted_at"])
    return assignment.drafted_at
