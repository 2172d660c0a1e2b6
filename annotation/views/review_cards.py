"""What the review card shows of one item: its votes side by side, where they differ, what may be done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.forms.reviewing import QueueForm, has_shares
from annotation.models import (
    REVIEW_STAGES,
    Annotation,
    Consensus,
    Flag,
    Item,
    Membership,
    Project,
    ReturnedAnswer,
    Stage,
)
from annotation.questions import InvalidAnswer, Question
from annotation.questions.speech import number
from annotation.reports.decisions import last_decisions
from annotation.reports.look_alikes import look_alikes
from annotation.reports.merged_votes import merges_of
from annotation.reports.naming import Named, letter_of, names_on
from annotation.reports.ordering import COUNTED, counted, place_of
from annotation.reports.review_queue import Queue, find_next
from annotation.reports.review_reasons import reasons_for

from .cards import answer_titles, item_card, question_cards, shares_of, vote_card
from .debates import debate_cards
from .differences import differences_of

Consensuses = Mapping[str, Consensus]


class Told(TypedDict, total=False):
    """What a card says beside its item. `draft`: what is chosen already. `alike`: whether its look-alikes are shown."""

    draft: Mapping[str, Any]
    comment: str
    error: InvalidAnswer
    conflict: dict[str, Any]
    saved: str
    notice: dict[str, str] | None
    alike: bool


def queue_of(form: QueueForm) -> Queue:
    return Queue(form.filters, form.chosen_order)


def card_of(
    membership: Membership,
    item: Item,
    form: QueueForm,
    **told: Unpack[Told],
) -> dict[str, Any]:
    """The context of review/card.html."""
    project, slug, query = membership.project, membership.project.slug, form.query()
    item.project = project
    consensus = {row.question: row for row in item.consensus.all()}
    annotations = list(Annotation.objects.on_record().filter(item=item).select_related("annotator"))
    names = names_on(project, annotations)
    revised = _revised(item)
    following = find_next(project, queue_of(form), place_of(item, form.chosen_order))
    decision = item.resolutions.first()
    votes = [
        _vote(item, annotation, names, revised, place, decided=decision is not None)
        for place, annotation in enumerate(annotations)
    ]
    counting = [annotation for annotation in annotations if not annotation.advice]
    merges = _merges(project, item, counting)
    own = last_decisions(project, membership.user, most=1)
    return {
        "item": item_card(project, item),
        "reason": _why(project, item),
        "version": item.version,
        "questions": [
            question | {"merge": merges.get(question["name"])}
            for question in question_cards(
                project,
                draft=told.get("draft", _proposal(consensus)),
                shares={name: row.distribution for name, row in consensus.items()},
                consensus={name: row.value for name, row in consensus.items()},
                error=told.get("error"),
                fields=item.fields,
            )
        ],
        "votes": votes,
        "differences": differences_of(project, item, counting, names, consensus),
        "soft": _soft(project, consensus),
        "flags": list(Flag.objects.open().filter(item=item)[:20]),
        "returns": _returns(project, item),
        # Not whose letter is whose: a reviewer weighs what was said.
        "debates": debate_cards(project, item, named=False),
        "alikes": _alikes(project, item) if told.get("alike") else None,
        "alike_url": reverse("review_alike", args=[slug, item.pk]) + query,
        "can_be_alike": item.stage in REVIEW_STAGES,
        "comment": told.get("comment", ""),
        "resolve_url": reverse("review_resolve", args=[slug, item.pk]) + query,
        "return_url": reverse("review_return", args=[slug, item.pk]) + query,
        "take_back_url": reverse("review_take_back", args=[slug]) + query,
        "decisions_url": reverse("review_decisions", args=[slug]),
        "can_take_back": bool(own),
        "next_url": reverse("review_item", args=[slug, following]) + query if following else None,
        "list_url": reverse("review_list", args=[slug]) + query,
        "position": _left(project, form),
        "saved": told.get("saved", ""),
        "notice": told.get("notice"),
        "conflict": told.get("conflict"),
        "anonymous": project.anonymous_review,
    }


def shown_count(waiting: int) -> str:
    """“1,234”, or “10,000+”."""
    return f"{number(COUNTED)}+" if waiting > COUNTED else number(waiting)


def soft_shown(project: Project, item: Item) -> dict[str, list[str]]:
    """What stands in the fields of shares as the card shows them, by question."""
    consensus = {row.question: row for row in item.consensus.all()}
    return {part["name"]: [share["shown"] for share in part["shares"]] for part in _soft(project, consensus)}


def conflict_card(project: Project, current: dict[str, Any]) -> dict[str, Any]:
    return {
        "by": current.get("resolved_by"),
        "at": current.get("resolved_at"),
        "answers": answer_titles(project, current.get("answers", {})),
        "comment": current.get("comment", ""),
    }


def alike_rows(project: Project, item: Item) -> list[dict[str, Any]]:
    item.project = project
    return _alikes(project, item)


def _why(project: Project, item: Item) -> str:
    if item.stage not in REVIEW_STAGES:
        return ""
    reason = f"{reasons_for(project, [item])[item.pk]}."
    return (
        _("%(reason)s A judge is still looking at it; you need not wait.") % {"reason": reason}
        if item.stage == Stage.DISPUTED
        else reason
    )


def _proposal(consensus: Consensuses) -> dict[str, Any]:
    """What is selected at first: only what more than half of the votes say, so that Enter never breaks a tie."""
    return {row.question: row.value for row in consensus.values() if row.posterior > 0.5}


def _revised(item: Item) -> set[int]:
    """The annotators who took an answer to this item back, or changed it."""
    return set(item.annotations.filter(superseded_at__isnull=False).values_list("annotator_id", flat=True))


def _vote(
    item: Item, annotation: Annotation, names: Named, revised: set[int], place: int, *, decided: bool
) -> dict[str, Any]:
    return {
        **vote_card(item.project, annotation),
        "annotator": names[annotation.item_id, annotation.annotator_id],
        "id": annotation.pk,
        "key": place + 1 if place < 9 else None,
        "can_return": annotation.annotator.is_human and not decided,
        "answers_json": json.dumps(annotation.answers, ensure_ascii=False),
        "shares": shares_of(item.project, annotation.distribution, item.fields),
        "revised": annotation.annotator_id in revised,
    }


def _merges(project: Project, item: Item, annotations: Sequence[Annotation]) -> dict[str, list[dict[str, str]]]:
    """Question → what may be pressed below it."""
    return {
        question.name: [
            {
                "title": way.title,
                "error": way.error,
                "answer_json": json.dumps({question.name: way.answer}, ensure_ascii=False),
            }
            for way in ways
        ]
        for question, ways in merges_of(project, item, annotations)
    }


def _soft(project: Project, consensus: Consensuses) -> list[dict[str, Any]]:
    """The shares that a reviewer may change, in percent, of questions with one answer among options."""
    return [
        {
            "name": question.name,
            "title": question.title,
            "shares": [
                {"title": option.title, "shown": f"{100 * _share(consensus, question, option.value):.1f}"}
                for option in question.offered
            ],
        }
        for question in project.question_list
        if has_shares(question)
    ]


def _share(consensus: Consensuses, question: Question, value: str) -> float:
    row = consensus.get(question.name)
    return row.distribution.get(value, 0.0) if row else 0.0


def _returns(project: Project, item: Item) -> list[dict[str, Any]]:
    """What was returned before, the newest first, and whether it was answered since."""
    rows = list(ReturnedAnswer.objects.filter(item=item).select_related("reviewer", "annotation__annotator")[:20])
    answered = set(Annotation.objects.current().filter(item=item).values_list("annotator_id", flat=True))
    names = names_on(project, [*item.annotations.select_related("annotator")]) if rows else {}
    return [
        {
            "annotator": names.get((item.pk, row.annotator_id), letter_of(0)),
            "by": row.reviewer.get_username() if row.reviewer else _("a former member"),
            "comment": row.comment,
            "at": row.created_at,
            "answered": row.annotator_id in answered,
        }
        for row in rows
    ]


def _alikes(project: Project, item: Item) -> list[dict[str, Any]]:
    return [
        {
            "value": f"{each.item.pk}:{each.item.version}",
            "url": reverse("review_item", args=[project.slug, each.item.pk]),
            "name": each.item.external_id or str(each.item.pk),
            "text": each.text,
            "similarity": each.similarity,
            "same_votes": each.same_votes,
        }
        for each in look_alikes(project, item)
    ]


def _left(project: Project, form: QueueForm) -> str:
    waiting = counted(project, form.filters)
    return _("%(total)s to review") % {"total": shown_count(waiting)} if waiting else ""
