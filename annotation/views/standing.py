"""Where a person stands, in words: after a check what its known answer is, and why nothing is given to them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Annotation, Annotator, Assignment, Qualification, QualificationState
from annotation.reports.gold import missed
from annotation.workflow.admitting import Hold, standing_of
from annotation.workflow.checking import known_reason, reveals

from .cards import answer_titles
from .suggestions import notice_of


def feedback(lease: Assignment, annotation: Annotation) -> dict[str, str] | None:
    """What is said to an answer that has just been given to a check; None where nothing is."""
    outcome = _outcome(lease)
    told = _known(lease, annotation) if reveals(lease.project, lease.item) else None
    if outcome and told:
        return {**outcome, "text": f"{outcome['text']} {told['title']} {told['text']}".strip()}
    return outcome or told


def hold_card(annotator: Annotator) -> dict[str, str] | None:
    """Why the queue gives this person nothing, where that is for another reason than that nothing is left."""
    standing = standing_of(annotator)
    membership, hold = standing.membership, standing.hold
    if hold is None or membership is None:
        return None
    qualification = reverse("qualification", args=[membership.project.slug])
    match hold:
        case Hold.PAUSED:
            return _card(_("You are paused"), _("The project’s lead has paused your work. Ask them when it goes on."))
        case Hold.CAPPED:
            cap = membership.daily_cap or 0
            text = ngettext(
                "You may give %(cap)d answer a day. The next day begins at midnight UTC.",
                "You may give %(cap)d answers a day. The next day begins at midnight UTC.",
                cap,
            )
            return _card(_("Enough for today"), text % {"cap": cap})
        case Hold.ASSIGNED_ONLY:
            return _card(_("Nothing is assigned to you"), _("You are given what the project’s lead assigns to you."))
        case Hold.FAILED:
            text = _("You have not passed the qualification round. The project’s lead can give you another one.")
            return _card(_("Not qualified"), text, qualification)
        case Hold.NO_CHECKS:
            text = _("The project’s lead has to upload the items of the qualification round first.")
            return _card(_("Not ready yet"), text, qualification)


def _outcome(lease: Assignment) -> dict[str, str] | None:
    """How a qualification round ended, said once: to the answer that ended it."""
    if lease.qualification_id is None:
        return None
    finished = Qualification.objects.get(assignments=lease)
    counts = {"right": finished.right, "items": finished.items}
    if finished.state == QualificationState.PASSED:
        title = _("You passed: %(right)d of %(items)d were right.") % counts
        return notice_of(title, _("Everything from now on counts."), level="success")
    if finished.state == QualificationState.FAILED:
        title = _("Not passed: %(right)d of %(items)d were right.") % counts
        return notice_of(title, _("The project’s lead can give you another round."))
    return None


def _known(lease: Assignment, annotation: Annotation) -> dict[str, str]:
    wrong = missed(lease.project, lease.item, annotation.answers)
    reason = known_reason(lease.item)
    if not wrong:
        return notice_of(_("Right: this was a check, and you answered it as known."), reason, level="success")
    answers = "; ".join(f"{each['title']}: {each['value']}" for each in answer_titles(lease.project, wrong))
    return notice_of(_("This was a check. The known answer is “%(answers)s”.") % {"answers": answers}, reason)


def _card(title: str, text: str, url: str = "") -> dict[str, str]:
    return {"title": title, "text": text, "url": url}
