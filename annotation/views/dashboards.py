"""Dashboards: figures side by side under the explorer's filters, live while work goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotation.forms.items import ItemFilterForm
from annotation.models import Measurement, Membership
from annotation.models.filters import Filters
from annotation.reports.figures.registry import BOARDS, kinds_of
from annotation.workflow.access import get_reviewer_membership_for
from annotation.workflow.measuring import is_counted, look

from .figures import SECTION, figure_card
from .rendering import page, wants_partial
from .requests import SignedInRequest

PROJECT_BOARD = "project"


@login_required
@require_GET
def dashboard(request: SignedInRequest, slug: str, board: str = PROJECT_BOARD) -> HttpResponse:
    """A board's figures. To htmx their part alone, or nothing where it has the newest already."""
    if board not in BOARDS:
        raise Http404(_("There is no such dashboard."))
    return show_board(request, get_reviewer_membership_for(request.user, slug), board)


def show_board(
    request: SignedInRequest,
    membership: Membership,
    board: str,
    *,
    template: str = "dashboard/page.html",
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    """For a board with more on it than figures: a `template` that extends dashboard/page.html, and what it wants."""
    project = membership.project
    form = ItemFilterForm(request.GET, project=project, may_manage=membership.may_manage)
    filters = form.filters if form.is_valid() else Filters()
    kinds = kinds_of(board)
    rows = look(project, kinds, filters)
    seen = _seen(rows.values())
    # A page that asks again by itself shows charts as they were until the new ones are drawn.
    polled = wants_partial(request) and "seen" in request.GET
    if polled and request.GET["seen"] == seen:
        return HttpResponse(status=204)
    path, asked = _path(project.slug, board), filters.asked
    context = {
        "board": board,
        "title": BOARDS[board],
        "boards": [{"name": name, "title": title, "url": _path(project.slug, name)} for name, title in BOARDS.items()],
        "form": form,
        "board_url": path,
        "poll_url": f"{path}?{urlencode({**asked, 'seen': seen})}",
        "items_url": f"{reverse('items', args=[project.slug])}?{urlencode(asked)}",
        "query": urlencode(asked),
        "chips": form.told() if not form.errors else [],
        "cards": [figure_card(membership, kind, rows[kind.name], filters, draw=polled) for kind in kinds],
        "counting": any(not is_counted(row, project) and not row.error for row in rows.values()),
        **(extra or {}),
    }
    status = 400 if form.errors else 200
    return page(
        request, membership, template, context, section=SECTION, partial="dashboard/figures.html", status=status
    )


def _path(slug: str, board: str) -> str:
    return reverse("dashboard", args=[slug] if board == PROJECT_BOARD else [slug, board])


def _seen(rows: Iterable[Measurement]) -> str:
    """Says which measurements a page shows; another one, another page."""
    shown = sorted((row.name, str(row.computed_at), row.error) for row in rows)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
