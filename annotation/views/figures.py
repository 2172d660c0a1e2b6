"""How templates want a figure, and its files: a chart as SVG and PNG, the table as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotation.forms.items import ItemFilterForm
from annotation.models import JobState, Measurement, Membership
from annotation.models.filters import Filters, InvalidFilter, parse_filters
from annotation.reports.charts import Chart, Link
from annotation.reports.drawing import drawn, drawn_png, drawn_svg, find_drawn
from annotation.reports.figures.base import Cell, Figure, Kind, table
from annotation.reports.figures.registry import KINDS
from annotation.workflow.access import get_reviewer_membership_for
from annotation.workflow.downloading import spreadsheet
from annotation.workflow.measuring import is_counted, look

from .rendering import page
from .requests import SignedInRequest

SECTION = "dashboard"
# Of a table, on a dashboard and where the figure has a page to itself; its CSV has all.
BOARD_ROWS, SHOWN_ROWS = 30, 200


@login_required
@require_GET
def figure(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """One figure on a page of its own; with `chart` that chart alone, for a page that it was not drawn for yet."""
    membership, kind = _asked(request, slug, name)
    if "chart" in request.GET:
        filters, shown = _counted(request, membership, kind)
        svg = drawn(_chart(request, shown), addresses(membership, filters))
        return render(request, "dashboard/drawn.html", {"svg": svg})
    form = ItemFilterForm(request.GET, project=membership.project, may_manage=membership.may_manage)
    filters = form.filters if form.is_valid() else Filters()
    row = look(membership.project, [kind], filters)[kind.name]
    context = {
        "kind": kind,
        "card": figure_card(membership, kind, row, filters, most=SHOWN_ROWS),
        "chips": form.told() if not form.errors else [],
        "form": form,
    }
    status = 400 if form.errors else 200
    return page(request, membership, "dashboard/figure.html", context, section=SECTION, status=status)


@login_required
@require_GET
def figure_file(request: SignedInRequest, slug: str, name: str) -> HttpResponseBase:
    """To take away, by `as`: the table as `csv`, safe to open in a spreadsheet; a chart as `svg` or `png`."""
    membership, kind = _asked(request, slug, name)
    _filters, shown = _counted(request, membership, kind)
    wanted = request.GET.get("as", "csv")
    response: HttpResponseBase
    if wanted == "csv":
        lines = ([_spelled(value) for value in row] for row in table(shown))
        response = StreamingHttpResponse(spreadsheet(lines), content_type="text/csv; charset=utf-8")
    elif wanted == "svg":
        response = HttpResponse(drawn_svg(_chart(request, shown)), content_type="image/svg+xml")
    elif wanted == "png":
        response = HttpResponse(drawn_png(_chart(request, shown)), content_type="image/png")
    else:
        raise Http404(_("There is no such file."))
    response["Content-Disposition"] = f'attachment; filename="{slug}-{name}.{wanted}"'
    return response


def figure_card(
    membership: Membership,
    kind: Kind,
    row: Measurement,
    filters: Filters,
    *,
    draw: bool = False,
    most: int = BOARD_ROWS,
) -> dict[str, Any]:
    """What components/chart.html shows: the figure as it was counted last, or that it is being counted.

    Charts that nobody has drawn yet come after the page, unless it can wait for them (`draw`).
    """
    slug, query = membership.project.slug, urlencode(filters.asked)
    card: dict[str, Any] = {
        "name": kind.name,
        "title": kind.title,
        "wide": kind.wide,
        "url": _with(reverse("figure", args=[slug, kind.name]), query),
        "failed": row.error if row.state == JobState.FAILED else "",
    }
    if not is_counted(row, membership.project):
        return card
    shown = kind.present(membership, row.value or {})
    address, files = addresses(membership, filters), reverse("figure_file", args=[slug, kind.name])
    return card | {
        "figure": shown,
        "as_of": row.computed_at,
        "stats": [
            {"label": stat.label, "value": stat.value, "note": stat.note, "url": _url(stat.link, address)}
            for stat in shown.stats
        ],
        "charts": [
            {
                "title": chart.title,
                "svg": drawn(chart, address) if draw else find_drawn(chart, address),
                "url": _with(reverse("figure", args=[slug, kind.name]), query, chart=place),
                "svg_url": _with(files, query, **{"as": "svg", "chart": place}),
                "png_url": _with(files, query, **{"as": "png", "chart": place}),
            }
            for place, chart in enumerate(shown.charts)
        ],
        "csv_url": _with(files, query, **{"as": "csv"}),
        "rows": [
            {"item": item, "cells": [_shown(cell, column.numeric, address)
                                     for cell, column in zip(row, shown.columns, strict=True)]}
            for row, item in zip_longest(shown.rows[:most], shown.items[:most])
        ],
        "requeue_url": reverse("change_new", args=[slug]) if shown.items else "",
        "more": max(0, len(shown.rows) - most),
    }  # fmt: skip


def addresses(membership: Membership, filters: Filters) -> Callable[[Link], str]:
    """Where a link leads; items keep to the filters that the figure was asked with."""
    slug, asked = membership.project.slug, filters.asked

    def address(link: Link) -> str:
        query: Mapping[str, str] = {**asked, **link.query} if link.page == "items" else link.query
        return _with(reverse(link.page, args=[slug, *([] if link.pk is None else [link.pk])]), urlencode(query))

    return address


def _asked(request: SignedInRequest, slug: str, name: str) -> tuple[Membership, Kind]:
    membership = get_reviewer_membership_for(request.user, slug)
    if name not in KINDS:
        raise Http404(_("There is no such figure."))
    return membership, KINDS[name]


def _counted(request: SignedInRequest, membership: Membership, kind: Kind) -> tuple[Filters, Figure]:
    """Raises Http404 where the filters are none, or while it is being counted: a figure leads here once it is shown."""
    project = membership.project
    try:
        filters = parse_filters(request.GET.dict(), project, may_manage=membership.may_manage)
    except InvalidFilter as error:
        raise Http404(str(error)) from error
    row = look(project, [kind], filters)[kind.name]
    if not is_counted(row, project):
        raise Http404(_("This figure is being counted. Try again in a moment."))
    return filters, kind.present(membership, row.value or {})


def _chart(request: SignedInRequest, shown: Figure) -> Chart:
    place = request.GET.get("chart", "0")
    if not (place.isascii() and place.isdigit() and len(place) < 3 and int(place) < len(shown.charts)):
        raise Http404(_("This figure has no such chart."))
    return shown.charts[int(place)]


def _shown(cell: Cell, numeric: bool, address: Callable[[Link], str]) -> dict[str, Any]:
    return {"text": cell.text, "head": cell.head, "numeric": numeric, "url": _url(cell.link, address)}


def _url(link: Link | None, address: Callable[[Link], str]) -> str:
    return "" if link is None else address(link)


def _spelled(value: Any) -> str:
    return "" if value is None else str(value)


def _with(path: str, query: str, **more: Any) -> str:
    whole = "&".join(part for part in (query, urlencode(more)) if part)
    return f"{path}?{whole}" if whole else path
