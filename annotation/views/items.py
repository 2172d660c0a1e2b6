"""Find items, and everything known about one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from annotation.forms.items import ItemFilterForm
from annotation.models import Annotation, Consensus, Event, Item, Project
from annotation.questions import Distribution, type_of
from annotation.reports.confusion import items_behind
from annotation.reports.items import ItemPage, item_page
from annotation.workflow.access import get_item_for, get_reviewer_membership_for

from .cards import answer_titles, item_card, share_titles, vote_card
from .rendering import page
from .requests import SignedInRequest

SECTION = "items"
SHOWN_EVENTS = 200


@login_required
@require_GET
def items(request: SignedInRequest, slug: str) -> HttpResponse:
    """The list; filters and the page's cursor are in its address."""
    membership = get_reviewer_membership_for(request.user, slug)
    form = ItemFilterForm(request.GET, project=membership.project)
    listed, status = ItemPage([], None, None), 200
    if form.is_valid():
        asked = form.cleaned_data
        listed = item_page(
            membership.project,
            stage=asked["stage"],
            search=asked["search"],
            label=form.label_filter,
            among=_cell(asked),
            after=asked["after"],
            before=asked["before"],
        )
    else:
        status = 400
    context = {
        "form": form,
        "rows": listed.rows,
        "previous_url": _turn(request, "before", listed.previous),
        "next_url": _turn(request, "after", listed.next),
        "is_filtered": form.is_filtered,
        "comparison": _comparison(membership.project, form.cleaned_data),
        "is_empty": not listed.rows and not membership.project.items.exists(),
    }
    return page(
        request, membership, "items/list.html", context, section=SECTION, partial="items/table.html", status=status
    )


@login_required
@require_GET
def item(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """What the item shows, who said what, what it amounts to, and how it came to be so."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    shown = get_item_for(membership, pk)
    annotations = list(shown.annotations.select_related("annotator").order_by("-pk"))
    context = {
        "item": shown,
        "fields": item_card(project, shown)["fields"],
        "metadata": sorted(shown.metadata.items()),
        "gold": answer_titles(project, shown.gold) if shown.gold and membership.may_manage else [],
        "consensus": [_consensus(project, row) for row in shown.consensus.all()],
        "votes": [_vote(project, each) for each in annotations if each.superseded_at is None],
        "revisions": [_vote(project, each) for each in annotations if each.superseded_at is not None],
        "resolutions": [
            {"row": row, "answers": answer_titles(project, row.answers)}
            for row in shown.resolutions.select_related("reviewer")
        ],
        "events": [_event(project, each) for each in _history(shown)],
    }
    return page(request, membership, "items/item.html", context, section=SECTION)


def _cell(asked: dict[str, Any]) -> list[int] | None:
    """Ids of the items where people say one thing and a model another, where that is asked for."""
    if not asked["labeler"]:
        return None
    return items_behind(asked["labeler"], question=asked["question"], people=asked["people"], model=asked["model"])


def _comparison(project: Project, asked: dict[str, Any]) -> dict[str, Any] | None:
    """That filter in words."""
    if not asked.get("labeler") or not asked.get("question"):
        return None
    question = next(each for each in project.question_list if each.name == asked["question"])
    kind = type_of(question)
    return {
        "labeler": asked["labeler"],
        "question": question.title,
        "people": kind.display(question, asked["people"]) if asked.get("people") else "",
        "model": kind.display(question, asked["model"]) if asked.get("model") else "",
    }


def _turn(request: SignedInRequest, direction: str, pk: int | None) -> str | None:
    """The address of the neighbouring page, filters kept."""
    if pk is None:
        return None
    kept = {name: value for name, value in request.GET.items() if value and name not in ("after", "before")}
    return f"{request.path}?{urlencode({**kept, direction: pk})}"


def _vote(project: Project, annotation: Annotation) -> dict[str, Any]:
    return {
        **vote_card(project, annotation),
        "row": annotation,
        "shares": _shares(project, annotation.distribution),
    }


def _shares(project: Project, distributions: dict[str, Distribution]) -> list[dict[str, Any]]:
    """Per question that is still asked and has a distribution, its options in percent."""
    return [
        {"question": question.title, "parts": share_titles(question, distributions[question.name])}
        for question in project.question_list
        if distributions.get(question.name)
    ]


def _consensus(project: Project, row: Consensus) -> dict[str, Any]:
    (answer,) = answer_titles(project, {row.question: row.value})
    return {
        "row": row,
        **answer,
        "percent": 100 * row.posterior,
        "shares": _shares(project, {row.question: row.distribution}),
    }


def _history(shown: Item) -> list[Event]:
    return list(shown.events.select_related("user", "annotator").order_by("-pk")[:SHOWN_EVENTS])


def _event(project: Project, event: Event) -> dict[str, Any]:
    """One line of the log: who, what, and the few facts that say why."""
    data = event.data
    actor = event.user or event.annotator
    return {
        "at": event.at,
        "actor": str(actor) if actor else "SynthWeb",
        "verb": event.verb,
        "words": event.get_verb_display(),
        "from": data.get("from"),
        "to": data.get("to"),
        "posterior": 100 * data["posterior"] if "posterior" in data and not event.user_id else None,
        "answers": answer_titles(project, data["answers"]) if isinstance(data.get("answers"), dict) else [],
        "note": data.get("comment") or data.get("reason") or "",
    }
