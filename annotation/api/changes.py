"""Changes of many items: ask for one, watch it, stop it, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import BulkAction, BulkChange, ChangedItem, Membership, Outcome, Project
from annotation.models.filters import PARAMETERS as FILTERS
from annotation.models.filters import Filters
from annotation.reports.ordering import counted
from annotation.workflow import access, changing_many

from .base import ProjectView
from .describing import describe
from .filtering import read_filters
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, Flag, JsonObject, Text, Whole

MOST_ITEMS = 10_000
# Groups that recipes made are accepted by an address of their own.
ANY = [each.value for each in BulkAction if each.takes_any]


class ChangeBody(Body):
    action = Text(help_text=f"{', '.join(ANY)}; the last two for managers.")
    items = serializers.ListField(
        child=Whole(), required=False, max_length=MOST_ITEMS, help_text="Numbers of items; or `filters`."
    )
    filters = JsonObject(required=False, help_text="As of GET items/: all that fit are changed; {} is every item.")
    details = JsonObject(
        required=False,
        help_text=(
            'label: {"answers": {question: value}, "comment"?}; assign: {"people": [name], "days"?, "each"?}; delete: '
            '{"made"?}, true where what recipes made of the items goes too, and what was made of that.'
        ),
    )
    preview = Flag(required=False, help_text="true: only say how many items it would be about.")


class EraseBody(Body):
    made = Flag(
        required=False,
        help_text="true: what recipes made of it too, and of that; a change of its own, the newest, deletes and erases "
        "it. Without it those items stay.",
    )


class ChangeRow(serializers.Serializer):
    id = serializers.IntegerField(allow_null=True, help_text="null in a preview.")
    action = serializers.CharField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    undoing = serializers.BooleanField(help_text="Whether it is being, or was, taken back.")
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Left alone, each with a reason.")
    undone = serializers.IntegerField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ChangedRow(serializers.Serializer):
    item = serializers.IntegerField()
    outcome = serializers.CharField(help_text=", ".join(Outcome.values))
    reason = serializers.CharField(help_text="Why it was left alone, or could not be undone.")


class ChangeView(ProjectView):
    def change(self, pk: int) -> BulkChange:
        return access.get_bulk_change_for(self.reviewer(), pk)


class ChangeList(ChangeView):
    parameters = PARAMETERS

    @describe("changes_list", "Changes of many items, newest first", {200: paged(ChangeRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        return page(
            request, BulkChange.objects.filter(project=self.reviewer().project), render_changes, newest_first=True
        )

    @describe(
        "changes_start",
        "Label, ask people again, assign or delete many items, as a job that can be taken back",
        {200: ChangeRow, 202: ChangeRow},
        request=ChangeBody,
        sends={"action": "label", "filters": {"search": "refund"}, "details": {"answers": {"intent": "refund"}}},
    )
    def post(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        body = self.read(ChangeBody)
        action = body["action"]
        if action not in ANY:
            raise ValidationError({"action": [f"An action is one of {', '.join(ANY)}."]})
        if BulkAction(action).needs_manager:
            membership = self.manager()
        filters, among = _chosen(body, membership)
        if body.get("preview"):
            total = _counted(membership.project, action, filters, among, body.get("details") or {})
            return Response(render_changes([BulkChange(action=action, total=total)])[0])
        change = changing_many.request_change(
            membership.project,
            action=action,
            user=self.person,
            filters=filters,
            among=among,
            details=body.get("details"),
        )
        return Response(render_changes([change])[0], status=202)


class ChangeDetail(ChangeView):
    @describe("changes_get", "How a change is going", {200: ChangeRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(render_changes([self.change(pk)])[0])


class ChangeCancel(ChangeView):
    @describe("changes_cancel", "Stop after the batch in progress; what is done stays", {200: ChangeRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        change = self.change(pk)
        self.read(Empty)
        changing_many.cancel_change(change)
        return Response(render_changes([self.change(pk)])[0])


class ChangeUndo(ChangeView):
    @describe(
        "changes_undo",
        "Bring back what a change found, as far as nobody has gone on from there, as a job",
        {202: ChangeRow},
        request=Empty,
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        change = self.change(pk)
        self.read(Empty)
        changing_many.undo_change(change, user=self.person)
        return Response(render_changes([self.change(pk)])[0], status=202)


class ChangeErase(ChangeView):
    @describe(
        "changes_erase",
        "Erase for good what a change deleted, log included (managers); nothing brings it back. Where snapshots may "
        "hold it, the change is pending again until it is out of them",
        {200: ChangeRow},
        request=EraseBody,
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        change = access.get_bulk_change_for(self.manager(), pk)
        erase = changing_many.erase_with_made if self.read(EraseBody).get("made") else changing_many.erase_deleted
        erase(change, user=self.person)
        return Response(render_changes([self.change(pk)])[0])


class ChangeItems(ChangeView):
    parameters = ("outcome", *PARAMETERS)

    @describe(
        "changes_items",
        "What became of each item of a change, and why some were left alone",
        {200: paged(ChangedRow)},
        parameters=[OpenApiParameter("outcome", enum=Outcome.values, description="Only these."), *DOCUMENTED],
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        changed = ChangedItem.objects.filter(change=self.change(pk)).defer("before")
        if outcome := request.query_params.get("outcome"):
            if outcome not in Outcome.values:
                raise ValidationError({"outcome": [f"An outcome is one of {', '.join(Outcome.values)}."]})
            changed = changed.filter(outcome=outcome)
        return page(request, changed, _changed, key="item")


def _changed(rows: Sequence[ChangedItem]) -> list[dict[str, Any]]:
    return [{"item": each.item, "outcome": each.outcome, "reason": each.reason} for each in rows]


def _chosen(body: dict[str, Any], membership: Membership) -> tuple[Filters, list[int] | None]:
    if ("items" in body) == ("filters" in body):
        raise ValidationError({"items": ["Name either items or filters."]})
    unknown = set(body.get("filters", {})) - set(FILTERS)
    if unknown:
        raise ValidationError({f"filters.{name[:80]}": ["There is no such filter."] for name in sorted(unknown)[:20]})
    return read_filters(body.get("filters", {}), membership), body.get("items")


def _counted(project: Project, action: str, filters: Filters, among: list[int] | None, details: dict[str, Any]) -> int:
    total = counted(project, filters, among=among, most=changing_many.LARGEST)
    if action == BulkAction.DELETE and details.get("made") is True:
        total += changing_many.count_made(project, filters, among=among)
    return total


def render_changes(changes: Sequence[BulkChange]) -> list[dict[str, Any]]:
    names = ("action", "state", "undoing", "total", "done", "skipped", "undone", "error", "created_at", "finished_at")
    return [{"id": each.pk, **{name: getattr(each, name) for name in names}} for each in changes]
