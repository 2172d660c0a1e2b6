"""Views of the item list that are kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.forms.items import COLUMNS, COMPARISON, ItemFilterForm
from annotation.models import Membership, SavedView, Scope
from annotation.models.filters import PARAMETERS as FILTERS
from annotation.workflow import access, saving_views

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Flag, JsonObject, Text

KNOWN = (*FILTERS, "near", "like", "order", "columns", *COMPARISON)
QUERY = (
    "Parameter → text, as of GET items/; `order`; `columns`, a list of some of "
    f"{', '.join(COLUMNS)}; {', '.join(COMPARISON)}: a cell of a labeler's confusion with people. {{}} is every item."
)


class ViewBody(Body):
    name = Text(max_length=saving_views.NAME_LENGTH)
    query = JsonObject(required=False, help_text=QUERY)
    shared = Flag(required=False, help_text="Whether every reviewer and manager sees it.")


class ViewChange(Body):
    name = Text(required=False, max_length=saving_views.NAME_LENGTH)
    query = JsonObject(required=False, help_text=QUERY)
    shared = Flag(required=False)


class ViewRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    query = serializers.JSONField(help_text=QUERY)
    shared = serializers.BooleanField()
    owner = serializers.CharField()
    address = serializers.URLField(help_text="The page that shows it.")
    created_at = serializers.DateTimeField()


class SavedViewList(ProjectView):
    parameters = PARAMETERS
    writes = Scope.ANNOTATE

    @describe(
        "views_list",
        "Saved views of the item list: your own, and those that are shared",
        {200: paged(ViewRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        views = SavedView.objects.filter(project=membership.project).visible_to(self.person)
        return page(
            request, views.select_related("owner", "project"), lambda rows: [_render(each, request) for each in rows]
        )

    @describe(
        "views_save",
        "Keep filters, order and columns of the item list under a name",
        {201: ViewRow},
        request=ViewBody,
        sends={"name": "Doubtful refunds", "query": {"label": "refund", "order": "least_sure"}, "shared": True},
    )
    def post(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        body = self.read(ViewBody)
        kept = saving_views.save_view(
            membership,
            name=body["name"],
            query=_checked(body.get("query", {}), membership),
            shared=body.get("shared", False),
        )
        return Response(_render(kept, request), status=201)


class SavedViewDetail(ProjectView):
    writes = Scope.ANNOTATE

    @describe("views_get", "A saved view", {200: ViewRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(_render(access.get_saved_view_for(self.reviewer(), pk), request))

    @describe(
        "views_change",
        "Rename, share, take back or refine a view of your own",
        {200: ViewRow},
        request=ViewChange,
        sends={"shared": False},
    )
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        kept = access.get_saved_view_for(membership, pk)
        body = self.read(ViewChange)
        query = _checked(body["query"], membership) if "query" in body else None
        saving_views.change_view(
            membership, kept, name=body.get("name", kept.name), shared=body.get("shared", kept.shared), query=query
        )
        return Response(_render(kept, request))

    @describe("views_delete", "Delete a view: your own, or as a manager a shared one", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        saving_views.delete_view(membership, access.get_saved_view_for(membership, pk))
        return Response(status=204)


def _checked(asked: Mapping[str, Any], membership: Membership) -> str:
    """The address's query that says the same. Raises ValidationError."""
    wrong: dict[str, Any] = {}
    address = QueryDict(mutable=True)
    for name, value in asked.items():
        values = value if name == "columns" and isinstance(value, list) else [value]
        if name not in KNOWN:
            wrong[f"query.{name[:80]}"] = ["There is no such parameter of the item list."]
        elif not all(isinstance(each, str) for each in values):
            wrong[f"query.{name}"] = ["This must be text."]
        else:
            address.setlist(name, values)
    if not wrong:
        form = ItemFilterForm(address, project=membership.project, may_manage=membership.may_manage)
        if form.is_valid():
            return form.query()
        wrong = {f"query.{name}": messages for name, messages in form.errors.items()}
    raise ValidationError(wrong)


def _render(view: SavedView, request: Request) -> dict[str, Any]:
    asked: Any = QueryDict(view.query)
    query = {name: values if name == "columns" else values[0] for name, values in asked.lists()}
    return {
        "id": view.pk,
        "name": view.name,
        "query": query,
        "shared": view.shared,
        "owner": view.owner.get_username(),
        "address": request.build_absolute_uri(reverse("view", args=[view.project.slug, view.pk])),
        "created_at": view.created_at,
    }
