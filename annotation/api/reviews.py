"""Reviews: what needs a reviewer, with every vote; the decision, and what else may be done about an item."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Item, Resolution, ReturnedAnswer, Scope
from annotation.models.filters import REASONS, WAITING, InvalidFilter, clean_order
from annotation.reports.decisions import last_decisions
from annotation.reports.look_alikes import look_alikes
from annotation.reports.ordering import InvalidPlace, in_order, parse_place, slice_of_items
from annotation.reports.review_queue import waiting_by_reason
from annotation.reports.reviews import review_rows
from annotation.workflow import access
from annotation.workflow.deciding_alike import MOST, Fate, resolve_alike
from annotation.workflow.errors import Conflict
from annotation.workflow.returning import return_answer
from annotation.workflow.reviewing import COMMENT_LENGTH, resolve, take_back

from .base import ProjectView
from .describing import describe
from .filtering import FILTERS, filter_parameters, read_filters
from .items import render_items
from .paging import DOCUMENTED, PARAMETERS, listed, paged, read_limit
from .shapes import Body, Flag, JsonObject, Text, Whole

SEEN = "The item's version that you looked at."


class ResolutionBody(Body):
    answers = JsonObject(required=False, help_text="{question: value}; merging and what is ambiguous fill in the rest.")
    comment = Text(required=False, allow_blank=True, max_length=COMMENT_LENGTH)
    version = Whole(help_text=SEEN)
    ambiguous = Flag(required=False, help_text="Nobody can tell: the label is how likely each answer is.")
    distribution = JsonObject(
        required=False, help_text="{question: {option: share}} of what is ambiguous; without it, what the votes say."
    )
    merge = JsonObject(
        required=False,
        help_text="{question: strategy} makes the answer out of the votes: majority, median, union, intersection, "
        "longest or shortest, as the question's type has them.",
    )
    clear_flags = Flag(required=False, help_text="What was flagged about the item is seen to.")


class ResolutionRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    answers = serializers.DictField(child=serializers.JSONField())
    ambiguous = serializers.BooleanField()
    distribution = serializers.DictField(child=serializers.JSONField())
    merge = serializers.DictField(child=serializers.CharField())
    comment = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DecisionRow(ResolutionRow):
    stands = serializers.BooleanField(help_text="Nobody answered or decided since, so it can be taken back.")
    undo_version = serializers.IntegerField(help_text="The version to send when taking it back.")


class VersionBody(Body):
    version = Whole(help_text=SEEN)


class UndoneRow(serializers.Serializer):
    item = serializers.IntegerField()
    stage = serializers.CharField()
    version = serializers.IntegerField()


class ReturnBody(Body):
    annotation = Whole(help_text="The `id` of a person's vote in a review row.")
    comment = Text(max_length=COMMENT_LENGTH, help_text="What to look at again.")
    version = Whole(help_text=SEEN)


class ReturnRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    annotation = serializers.IntegerField()
    comment = serializers.CharField()
    kept = serializers.BooleanField(help_text="Kept for who gave it; false where they left, and anybody is asked.")
    created_at = serializers.DateTimeField()


class VoteShape(serializers.Serializer):
    id = serializers.IntegerField()
    annotator = serializers.CharField(help_text="A letter where review is anonymous.")
    kind = serializers.CharField(help_text="human or model")
    answers = serializers.DictField(child=serializers.JSONField())
    distribution = serializers.DictField(child=serializers.JSONField())
    confidence = serializers.FloatField(allow_null=True)
    rationale = serializers.CharField()
    at = serializers.DateTimeField()
    advice = serializers.BooleanField(help_text="A judge's, who read the others; it does not count as a vote.")


class ReviewItem(serializers.Serializer):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())
    metadata = serializers.DictField(child=serializers.JSONField())
    stage = serializers.CharField()


class ReviewRow(serializers.Serializer):
    item = ReviewItem()
    version = serializers.IntegerField()
    votes = VoteShape(many=True)
    reason = serializers.CharField(help_text="Why a reviewer is asked, in words.")
    because = serializers.CharField(help_text=f"The same as a filter: {', '.join(REASONS)}; empty where nobody is.")


class AlikeRow(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    fields = serializers.DictField(child=serializers.CharField())
    similarity = serializers.FloatField(allow_null=True, help_text="Of the texts, 0 to 100; null until they were read.")
    same_votes = serializers.BooleanField()


class BatchItem(Body):
    id = Whole()
    version = Whole(help_text=SEEN)


class BatchBody(Body):
    items = BatchItem(many=True, help_text=f"At most {MOST}.")
    answers = JsonObject(
        required=False, help_text="To questions with options; the others, and what is left out: what leads on each."
    )
    comment = Text(required=False, allow_blank=True, max_length=COMMENT_LENGTH)


class BatchRow(serializers.Serializer):
    item = serializers.IntegerField()
    fate = serializers.CharField(help_text=", ".join(Fate))
    reason = serializers.CharField()


class ReviewList(ProjectView):
    parameters = (*FILTERS, "order", *PARAMETERS)

    @describe(
        "reviews_list",
        "Items that need a reviewer; filters and orders are those of items",
        {200: paged(ReviewRow)},
        parameters=[*(each for each in filter_parameters() if each.name not in ("near", "like")), *DOCUMENTED],
    )
    def get(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        asked = request.query_params
        filters = read_filters({"reason": WAITING, **dict(asked.items())}, membership)
        try:
            order = clean_order(asked.get("order", ""))
            after = parse_place(asked["cursor"], order) if asked.get("cursor") else None
        except InvalidFilter as error:
            raise ValidationError({name: [message] for name, message in error.errors.items()}) from error
        except InvalidPlace as error:
            raise ValidationError({"cursor": [str(error)]}) from error
        found = slice_of_items(membership.project, filters, order=order, after=after, size=read_limit(request))
        rows = in_order(found.items)
        for item in rows:
            item.project = membership.project
        return listed(request, review_rows(rows), found.next)


class ReviewCounts(ProjectView):
    @describe(
        "reviews_count",
        "How many items wait for which reason; above 10,000 the figure is 10,001",
        {200: inline_serializer("ReviewCounts", {reason: serializers.IntegerField() for reason in REASONS})},
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(waiting_by_reason(self.reviewer().project))


class Decisions(ProjectView):
    @describe("decisions_list", "Your last ten decisions, the newest first", {200: paged(DecisionRow)})
    def get(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        return listed(
            request,
            [
                {**_render(each.row), "stands": each.stands, "undo_version": each.version}
                for each in last_decisions(project, self.person)
            ],
        )


class ReviewBatch(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "reviews_batch",
        "Decide several items alike, each by itself; the answer says what became of each",
        {200: paged(BatchRow)},
        request=BatchBody,
        sends={"items": [{"id": 4, "version": 2}, {"id": 9, "version": 2}], "answers": {"intent": "refund"}},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        body = self.read(BatchBody)
        outcomes = resolve_alike(
            project,
            [(each["id"], each["version"]) for each in body["items"]],
            reviewer=self.person,
            answers=body.get("answers", {}),
            comment=body.get("comment", ""),
        )
        return listed(request, [{"item": each.item, "fate": each.fate, "reason": each.reason} for each in outcomes])


class ItemResolution(ProjectView):
    writes = Scope.ANNOTATE

    def lock(self) -> None:
        Item.objects.select_for_update(no_key=True, of=("self",)).filter(pk=self.kwargs["pk"]).first()

    def represent(self) -> Response:
        """The item that is decided on, as GET answers it."""
        return Response(render_items([access.get_item_for(self.reviewer(), self.kwargs["pk"])])[0])

    @describe(
        "items_resolve",
        "Decide on an item; 409 with what changed when somebody answered or decided since",
        {201: ResolutionRow},
        request=ResolutionBody,
        sends=(
            {"answers": {"intent": "refund"}, "comment": "Asks for money back.", "version": 2},
            {"ambiguous": True, "distribution": {"intent": {"refund": 0.6, "delivery": 0.4}}, "version": 2},
            {"merge": {"intent": "majority"}, "version": 2},
        ),
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        item = access.get_item_for(self.reviewer(), pk)
        body = self.read(ResolutionBody)
        resolution = resolve(
            item=item,
            reviewer=self.person,
            answers=body.get("answers", {}),
            version=body["version"],
            comment=body.get("comment", ""),
            ambiguous=body.get("ambiguous", False),
            distribution=body.get("distribution"),
            merge=body.get("merge"),
            clear_flags=body.get("clear_flags", False),
        )
        return Response(_render(resolution), status=201)


class ResolutionUndo(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "items_unresolve",
        "Take back the newest decision on an item: your own, or as a manager anybody's",
        {200: UndoneRow},
        request=VersionBody,
        answers={"item": 12, "stage": "review", "version": 3},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        item = access.get_item_for(membership, pk)
        version = self.read(VersionBody)["version"]
        newest = item.resolutions.first()
        if newest is None:
            raise Conflict("Nobody has decided on this item.")
        moved = take_back(access.get_decision_for(membership, newest.pk), by=self.person, version=version)
        return Response({"item": moved.pk, "stage": moved.stage, "version": moved.version})


class ItemReturns(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "items_return",
        "Give a person's answer back to them with a comment; 409 as for a decision",
        {201: ReturnRow},
        request=ReturnBody,
        sends={"annotation": 31, "comment": "The customer asks for two things.", "version": 2},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        item = access.get_item_for(membership, pk)
        body = self.read(ReturnBody)
        answer = access.get_vote_for(membership, item, body["annotation"])
        returned = return_answer(answer, reviewer=self.person, comment=body["comment"], version=body["version"])
        return Response(_render_return(returned), status=201)


class LookAlikes(ProjectView):
    @describe("look_alikes", "Items that the same decision may hold for", {200: paged(AlikeRow)})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        found = look_alikes(membership.project, access.get_item_for(membership, pk))
        return listed(
            request,
            [
                {
                    "id": each.item.pk,
                    "version": each.item.version,
                    "fields": each.item.fields,
                    "similarity": each.similarity,
                    "same_votes": each.same_votes,
                }
                for each in found
            ],
        )


def _render(resolution: Resolution) -> dict[str, Any]:
    return {
        "id": resolution.pk,
        "item": resolution.item_id,
        "answers": resolution.answers,
        "ambiguous": resolution.ambiguous,
        "distribution": resolution.distribution,
        "merge": resolution.merge,
        "comment": resolution.comment,
        "version": resolution.version,
        "created_at": resolution.created_at,
    }


def _render_return(returned: ReturnedAnswer) -> dict[str, Any]:
    returned.refresh_from_db(fields=["created_at"])
    return {
        "id": returned.pk,
        "item": returned.item_id,
        "annotation": returned.annotation_id,
        "comment": returned.comment,
        "kept": returned.assignment_id is not None,
        "created_at": returned.created_at,
    }
