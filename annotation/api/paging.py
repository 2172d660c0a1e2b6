"""Pages by key: the next page starts after the last row of this one, however many rows come and go meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

Row = TypeVar("Row", bound=Model)

PARAMETERS = ("cursor", "limit")
DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1_000

DOCUMENTED = [
    OpenApiParameter("cursor", str, description="Where a page starts: follow `next` rather than building one."),
    OpenApiParameter("limit", int, description=f"Rows a page, 1 to {LARGEST_LIMIT} (default {DEFAULT_LIMIT})."),
]


def page(
    request: Request,
    rows: QuerySet[Row],
    render: Callable[[list[Row]], list[dict[str, Any]]],
    *,
    newest_first: bool = False,
    key: str = "pk",
) -> Response:
    """`{results, next}`, by primary key, or by another unique whole number."""
    limit, cursor = read_limit(request), _cursor(request)
    if cursor is not None:
        rows = rows.filter(**{f"{key}__lt" if newest_first else f"{key}__gt": cursor})
    found = list(rows.order_by(f"-{key}" if newest_first else key)[: limit + 1])
    following = getattr(found[limit - 1], key) if len(found) > limit else None
    return listed(request, render(found[:limit]), following)


def listed(request: Request, results: Sequence[dict[str, Any]], following: object = None) -> Response:
    """The shape of every list. `following` is the cursor of the next page, whose address is in `next` and in Link."""
    address = None
    if following is not None:
        address = replace_query_param(request.build_absolute_uri(), "cursor", str(following))
    headers = {"Link": f'<{address}>; rel="next"'} if address else None
    return Response({"results": results, "next": address}, headers=headers)


@cache
def paged(row: type[serializers.Serializer]) -> serializers.Serializer:
    """The shape of such a page, for the schema."""
    return inline_serializer(
        f"{row.__name__}Page",
        {
            "results": row(many=True),
            "next": serializers.URLField(allow_null=True, help_text="The next page; null on the last."),
        },
    )


def read_limit(request: Request) -> int:
    """Rows a page. Raises ValidationError."""
    raw = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and 1 <= int(raw) <= LARGEST_LIMIT):
        raise ValidationError({"limit": [f"This must be a whole number from 1 to {LARGEST_LIMIT:,}."]})
    return int(raw)


def _cursor(request: Request) -> int | None:
    raw = request.query_params.get("cursor")
    if raw is None:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        raise ValidationError({"cursor": ["This is not a cursor; follow the address in “next”."]})
    return int(raw)
