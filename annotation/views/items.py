"""Find items: the list under its filters, and everything known about one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from annotation.forms.items import COLUMNS, ItemFilterForm
from annotation.models import Annotation, BulkAction, Consensus, Event, Item, Project, RunItem, SavedView
from annotation.questions import COLORS, type_of
from annotation.questions.speech import number
from annotation.reports.confusion import items_behind
from annotation.reports.items import ItemPage, item_page, item_rows
from annotation.reports.lineage import lineage_of
from annotation.reports.meaning import WAITING, nearest, vector_of, without_vector
from annotation.reports.naming import Named, actors_of, hides_names, names_on
from annotation.reports.ordering import (
    COUNTED,
    InvalidPlace,
    Place,
    counted_soon,
    in_order,
    parse_place,
    place_of,
    slice_of_items,
)
from annotation.reports.remembering import remembered
from annotation.reports.unindexed import unindexed_for
from annotation.workflow.access import get_item_for, get_reviewer_membership_for
from annotation.workflow.finding import look_for, want_meaning

from .cards import answer_titles, item_card, shares_of, vote_card
from .debates import debate_cards
from .provenance import item_provenance
from .rendering import page
from .requests import SignedInRequest

SECTION = "items"
SHOWN_EVENTS = 200
SHOWN_RUNS = 50
# Whoever turns pages is not made to wait for the count again and again.
COUNT_KEPT = 10.0
# More than any count.
UNCOUNTED = COUNTED + 2


@dataclass(slots=True)
class Listed:
    """One page of the list. `count` is UNCOUNTED where that takes long, None where it is not asked.

    `waiting`: why a search by meaning has no answer yet.
    """

    page: ItemPage = field(default_factory=lambda: ItemPage([]))
    count: int | None = None
    waiting: str = ""
    unembedded: int = 0


@login_required
@require_GET
def items(request: SignedInRequest, slug: str) -> HttpResponse:
    """The list; filters, order, columns and the page's place are in its address."""
    membership = get_reviewer_membership_for(request.user, slug)
    form = ItemFilterForm(request.GET, project=membership.project, may_manage=membership.may_manage)
    listed, status = Listed(), 200
    if form.is_valid():
        try:
            listed = _listed(membership.project, form)
        except InvalidPlace as error:
            form.add_error(None, str(error))
    if form.errors:
        status = 400
    views = SavedView.objects.filter(project=membership.project).visible_to(request.user).select_related("owner")
    query = form.query() if not form.errors else ""
    context = {
        "form": form,
        "rows": listed.page.rows,
        "previous_url": _turn(form, "before", listed.page.previous),
        "next_url": _turn(form, "after", listed.page.next),
        "position": _position(listed),
        "count": listed.count,
        "waiting": listed.waiting,
        "unembedded": listed.unembedded,
        "many_unembedded": listed.unembedded > WAITING,
        "unindexed": 0 if form.errors else unindexed_for(membership.project, form.filters),
        "columns": [(name, COLUMNS[name]) for name in form.chosen_columns] if not form.errors else [],
        "chips": form.told() if not form.errors else [],
        "query": query,
        "views": [
            {"row": each, "own": each.owner_id == request.user.pk, "open": each.query == query} for each in views
        ],
        "actions": [
            each for each in BulkAction if each.takes_any and (membership.may_manage or not each.needs_manager)
        ],
        "is_filtered": form.is_filtered,
        "by_meaning": bool(form.cleaned_data.get("near") or form.cleaned_data.get("like")),
        "comparison": _comparison(membership.project, form.cleaned_data),
        "is_empty": not listed.page.rows and not listed.waiting and not membership.project.items.exists(),
    }
    return page(
        request, membership, "items/list.html", context, section=SECTION, partial="items/results.html", status=status
    )


@login_required
@require_GET
def item(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """What the item shows, who said what, what it amounts to, and how it came to be so.

    The address may carry a list's query: previous and next are then those of that list.
    """
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    shown = get_item_for(membership, pk)
    annotations = list(shown.annotations.select_related("annotator", "run").order_by("-pk"))
    names = names_on(project, annotations, anonymous=hides_names(membership))
    history = _history(shown)
    actors = actors_of(membership, history)
    form = ItemFilterForm(request.GET, project=project, may_manage=membership.may_manage)
    query = form.query() if form.is_valid() else ""
    pieces = RunItem.objects.filter(item=shown).select_related("run__labeler").order_by("-pk")[:SHOWN_RUNS]
    context = {
        "item": shown,
        "fields": item_card(project, shown)["fields"],
        "metadata": sorted(shown.metadata.items()),
        "gold": answer_titles(project, shown.gold) if shown.gold and membership.may_manage else [],
        "consensus": [_consensus(project, shown, row) for row in shown.consensus.all()],
        "votes": [_vote(project, shown, each, names) for each in annotations if each.superseded_at is None],
        "revisions": [_vote(project, shown, each, names) for each in annotations if each.superseded_at is not None],
        "resolutions": [
            {"row": row, "answers": _answers(project, shown, row.answers)}
            for row in shown.resolutions.select_related("reviewer")
        ],
        "events": [_event(project, each, actors) for each in history],
        "lineage": lineage_of(project, shown),
        "provenance": item_provenance(membership, shown),
        "runs": list(pieces),
        "debates": debate_cards(project, shown, named=membership.may_manage),
        "query": query,
        "neighbours": _neighbours(project, form, shown) if form.is_valid() else {},
        "api_url": reverse("api:item", args=[project.slug, shown.pk]),
    }
    return page(request, membership, "items/item.html", context, section=SECTION)


def ids_among(project: Project, form: ItemFilterForm) -> list[int] | None:
    """Ids that a view keeps to beside its filters: what people call one thing and a model another."""
    asked = form.cleaned_data
    if not asked["labeler"]:
        return None
    return items_behind(asked["labeler"], question=asked["question"], people=asked["people"], model=asked["model"])


def _listed(project: Project, form: ItemFilterForm) -> Listed:
    asked, order = form.cleaned_data, form.chosen_order
    among = ids_among(project, form)
    if asked["near"] or asked["like"]:
        return _by_meaning(project, form, among)
    after, before = (parse_place(asked[name], order) if asked[name] else None for name in ("after", "before"))
    found = item_page(project, form.filters, order=order, after=after, before=before, among=among)
    if found.previous is None and found.next is None:
        return Listed(found, len(found.rows))
    key = f"items-counted:{project.pk}:{form.query(order=None, columns=None)}"
    count = remembered(key, COUNT_KEPT, lambda: counted_soon(project, form.filters, among=among) or UNCOUNTED)
    return Listed(found, count)


def _by_meaning(project: Project, form: ItemFilterForm, among: list[int] | None) -> Listed:
    """The nearest of those that fit, on one page."""
    asked = form.cleaned_data
    beside = None
    if asked["like"]:
        beside = Item.objects.filter(project=project, pk=asked["like"]).defer("embedding").first()
        want_meaning(project)
        vector = vector_of(beside) if beside else None
        waiting = _("This item is not indexed for search by meaning yet.") if beside else _("There is no such item.")
    else:
        phrase = look_for(project, asked["near"])
        vector = phrase.vector
        waiting = _("A model reads your sentence.")
    left = without_vector(project)
    if vector is None:
        return Listed(waiting=waiting, unembedded=left)
    found = nearest(project, vector, form.filters, among=among, beside=beside.pk if beside else None)
    rows = item_rows(project, in_order([pk for pk, _distance in found]))
    similarity = dict(found)
    for row in rows:
        row.similarity = similarity[row.item.pk]
    return Listed(ItemPage(rows), None, unembedded=left)


def _position(listed: Listed) -> str:
    if listed.count is None or not listed.page.rows:
        return ""
    if listed.count > COUNTED:
        at_least = len(listed.page.rows) if listed.count == UNCOUNTED else COUNTED
        return _("more than %(counted)s items") % {"counted": number(at_least)}
    counted = listed.count
    return ngettext("%(shown)s item", "%(shown)s items", counted) % {"shown": number(counted)}


def _comparison(project: Project, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The filter by a cell of a confusion, in words."""
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


def _turn(form: ItemFilterForm, direction: str, place: Place | None) -> str | None:
    """The address of the neighbouring page, filters kept."""
    if place is None:
        return None
    return f"{reverse('items', args=[form.project.slug])}?{form.query(**{direction: str(place)})}"


def _neighbours(project: Project, form: ItemFilterForm, shown: Item) -> dict[str, int]:
    """The items before and after this one in the list it was opened from."""
    if form.cleaned_data["near"] or form.cleaned_data["like"]:
        return {}
    order, place = form.chosen_order, place_of(shown, form.chosen_order)
    among = ids_among(project, form)
    before = slice_of_items(project, form.filters, order=order, before=place, among=among, size=1)
    after = slice_of_items(project, form.filters, order=order, after=place, among=among, size=1)
    found = {"previous": before.items, "next": after.items}
    return {name: ids[0] for name, ids in found.items() if ids}


def _vote(project: Project, shown: Item, annotation: Annotation, names: Named) -> dict[str, Any]:
    return {
        **vote_card(project, annotation),
        "annotator": names[annotation.item_id, annotation.annotator_id],
        "answers": _answers(project, shown, annotation.answers),
        "row": annotation,
        "shares": shares_of(project, annotation.distribution, shown.fields),
    }


def _answers(project: Project, shown: Item, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answers in words; those that lie in a text with what it takes to show them there."""
    questions = {question.name: question for question in project.question_list}
    told = []
    for name, answer in zip(answers, answer_titles(project, answers), strict=True):
        question = questions.get(name)
        options = question.options if question else ()
        told.append(
            answer
            | {
                "options": [
                    {"value": each.value, "title": each.title, "color": each.color or COLORS[place % len(COLORS)]}
                    for place, each in enumerate(options)
                ],
                "text": shown.fields.get(question.settings.get("field", "")) if question else None,
            }
        )
    return told


def _consensus(project: Project, shown: Item, row: Consensus) -> dict[str, Any]:
    (answer,) = _answers(project, shown, {row.question: row.value})
    return {
        "row": row,
        **answer,
        "percent": 100 * row.posterior,
        "shares": shares_of(project, {row.question: row.distribution}, shown.fields),
    }


def _history(shown: Item) -> list[Event]:
    return list(shown.events.select_related("user", "annotator").order_by("-pk")[:SHOWN_EVENTS])


def _event(project: Project, event: Event, actors: Mapping[int, str]) -> dict[str, Any]:
    """One line of the log: who, what, and the few facts that say why."""
    data = event.data
    return {
        "at": event.at,
        "actor": actors[event.pk] or "SynthWeb",
        "verb": event.verb,
        "words": event.get_verb_display(),
        "from": data.get("from"),
        "to": data.get("to") if event.verb == "moved" else None,
        "posterior": 100 * data["posterior"] if "posterior" in data and not event.user_id else None,
        "answers": answer_titles(project, data["answers"]) if isinstance(data.get("answers"), dict) else [],
        "note": data.get("comment")
        or data.get("reason")
        or (_("to %(to)s") % {"to": data["to"]} if event.verb == "assigned" and not project.anonymous_review else ""),
        "change": data.get("change"),
    }
