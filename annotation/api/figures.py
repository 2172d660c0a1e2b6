"""The figures of the dashboards: as JSON, the table as CSV, a chart as SVG or PNG."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Measurement
from annotation.models.filters import Filters
from annotation.reports.drawing import drawn_png, drawn_svg
from annotation.reports.figures.base import Figure, Kind, table
from annotation.reports.figures.registry import KINDS
from annotation.workflow.downloading import spreadsheet
from annotation.workflow.measuring import is_counted, look

from .base import ProjectView
from .describing import describe
from .filtering import FILTERS, filter_parameters, read_filters
from .items import NotYet
from .paging import listed, paged

MEDIA_TYPES = {"json": "application/json", "csv": "text/csv", "svg": "image/svg+xml", "png": "image/png"}
FORMAT = OpenApiParameter(
    "format", enum=list(MEDIA_TYPES), description="Default `json`; the header Accept may say it as well."
)
CHART = OpenApiParameter("chart", int, description="Which chart, from 0; for `svg` and `png`.")
NOT_ITEM_FILTERS = ("order", "near", "like")
EXAMPLE = {
    "name": "funnel",
    "title": "Items by stage",
    "dashboard": "project",
    "as_of": "2026-03-31T14:02:11Z",
    "note": "",
    "missing": "",
    "stats": [{"label": "Settled", "value": "62.5 %", "note": ""}],
    "columns": [{"key": "stage", "title": "Stage"}, {"key": "items", "title": "Items"}],
    "rows": [{"stage": "New", "items": 3}, {"stage": "Settled", "items": 5}],
    "charts": ["Items by stage"],
}


class FigureEntry(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    dashboard = serializers.CharField()


class FigureShape(FigureEntry):
    as_of = serializers.DateTimeField(help_text="When it was counted.")
    note = serializers.CharField(help_text="How the numbers came about.")
    missing = serializers.CharField(help_text="Why there is nothing to show; else empty.")
    stats = serializers.ListField(child=serializers.DictField(), help_text="[{label, value, note}], as they are shown.")
    columns = serializers.ListField(child=serializers.DictField(), help_text="[{key, title}]")
    rows = serializers.ListField(child=serializers.DictField(), help_text="{column: text, number or null}")
    charts = serializers.ListField(child=serializers.CharField(), help_text="Titles, in the order of `chart`.")


class FigureList(ProjectView):
    @describe("figures_list", "The figures of the dashboards (reviewers and managers)", {200: paged(FigureEntry)})
    def get(self, request: Request, slug: str) -> Response:
        self.reviewer()
        return listed(request, [_entry(kind) for kind in KINDS.values()])


class FigureDetail(ProjectView):
    parameters = (*FILTERS, "format", "chart")

    @describe(
        "figures_get",
        "A figure under the items' filters, as it was counted last (reviewers and managers); "
        "503 with Retry-After while it is counted for the first time",
        {
            (200, "application/json"): FigureShape,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "image/svg+xml"): OpenApiTypes.STR,
            (200, "image/png"): OpenApiTypes.BINARY,
        },
        parameters=[*(each for each in filter_parameters() if each.name not in NOT_ITEM_FILTERS), FORMAT, CHART],
        answers=EXAMPLE,
    )
    def get(self, request: Request, slug: str, name: str) -> HttpResponseBase:
        membership = self.reviewer()
        kind = KINDS.get(name)
        if kind is None:
            raise Http404("There is no such figure.")
        asked = {key: value for key, value in request.query_params.items() if key in FILTERS}
        filters: Filters = read_filters(asked, membership)
        wanted = _format(request)
        row = look(membership.project, [kind], filters)[kind.name]
        if not is_counted(row, membership.project):
            raise NotYet(row.error or "This figure is being counted. Ask again in a moment.")
        figure = kind.present(membership, row.value or {})
        if wanted == "json":
            return Response(_json(kind, figure, row))
        if wanted == "csv":
            rows = (["" if value is None else str(value) for value in line] for line in table(figure))
            return StreamingHttpResponse(spreadsheet(rows), content_type="text/csv; charset=utf-8")
        chart = figure.charts[_place(request, len(figure.charts))]
        drawn = drawn_svg(chart).encode() if wanted == "svg" else drawn_png(chart)
        return HttpResponse(drawn, content_type=MEDIA_TYPES[wanted])


def _format(request: Request) -> str:
    asked = request.query_params.get("format")
    if asked is not None and asked not in MEDIA_TYPES:
        raise ValidationError({"format": [f"A format is one of {', '.join(MEDIA_TYPES)}."]})
    if asked:
        return asked
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("Accept", "").split(",")]
    named = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    return next((named[each] for each in accepted if each in named), "json")


def _place(request: Request, charts: int) -> int:
    asked = request.query_params.get("chart", "0")
    if not charts:
        raise Http404("This figure has no chart.")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 4 and int(asked) < charts):
        raise ValidationError({"chart": [f"This is a whole number below {charts}."]})
    return int(asked)


def _entry(kind: Kind) -> dict[str, Any]:
    return {"name": kind.name, "title": str(kind.title), "dashboard": kind.board}


def _json(kind: Kind, figure: Figure, row: Measurement) -> dict[str, Any]:
    return {
        **_entry(kind),
        "as_of": row.computed_at,
        "note": str(figure.note),
        "missing": str(figure.missing),
        "stats": [{"label": str(stat.label), "value": stat.value, "note": str(stat.note)} for stat in figure.stats],
        "columns": [{"key": column.key, "title": str(column.title)} for column in figure.columns],
        "rows": [
            {column.key: cell.value for column, cell in zip(figure.columns, line, strict=True)} for line in figure.rows
        ],
        "charts": [chart.title for chart in figure.charts],
    }
