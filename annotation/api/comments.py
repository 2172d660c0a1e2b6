"""What people say about an item: comments and flags."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import COMMENT_LENGTH, Comment, Flag, Item, Membership, Scope
from annotation.reports.conversations import others_hidden
from annotation.reports.naming import called
from annotation.workflow import access
from annotation.workflow.commenting import comment, remove_comment
from annotation.workflow.flagging import REASON_LENGTH, clear_flag, flag

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Text


class CommentBody(Body):
    text = Text(max_length=COMMENT_LENGTH, help_text="`@name` tells a person who may read it.")


class FlagBody(Body):
    reason = Text(max_length=REASON_LENGTH)


class CommentRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    author = serializers.CharField(allow_null=True, help_text="“an annotator” where review is anonymous.")
    text = serializers.CharField(help_text="Empty where it was removed.")
    mentioned = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    removed_at = serializers.DateTimeField(allow_null=True)


class FlagRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    user = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class SharedItemView(ProjectView):
    """A view of an item that its annotators share with its reviewers."""

    def shared(self, pk: int) -> tuple[Membership, Item]:
        membership = self.member()
        return membership, access.get_shared_item_for(membership, pk)


class CommentList(SharedItemView):
    parameters = PARAMETERS
    writes = Scope.ANNOTATE

    @describe(
        "comments_list",
        "What was said about an item; only your own where you have to answer it blind first",
        {200: paged(CommentRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        membership, item = self.shared(pk)
        comments = Comment.objects.filter(item=item).select_related("author").prefetch_related("mentioned")
        if others_hidden(membership, item):
            comments = comments.filter(author=self.person)
        return page(request, comments, partial(_comments, membership))

    @describe("comments_add", "Say something about an item", {201: CommentRow}, request=CommentBody)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership, item = self.shared(pk)
        said = comment(item, author=self.person, text=self.read(CommentBody)["text"])
        return Response(_comments(membership, [said])[0], status=201)


class CommentDetail(ProjectView):
    writes = Scope.ANNOTATE

    @describe("comments_remove", "Remove a comment: your own, or as a reviewer anybody’s", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        remove_comment(access.get_comment_for(self.member(), pk))
        return Response(status=204)


class ItemFlagList(SharedItemView):
    parameters = PARAMETERS
    writes = Scope.ANNOTATE

    @describe(
        "item_flags_list",
        "Open flags on an item; annotators get their own",
        {200: paged(FlagRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        membership, item = self.shared(pk)
        flags = Flag.objects.open().filter(item=item).select_related("user")
        if not membership.may_review:
            flags = flags.filter(user=self.person)
        return page(request, flags, partial(_flags, membership))

    @describe("item_flags_add", "Tell the reviewers that something is wrong", {201: FlagRow}, request=FlagBody)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership, item = self.shared(pk)
        raised = flag(item, user=self.person, reason=self.read(FlagBody)["reason"])
        return Response(_flags(membership, [raised])[0], status=201)


class FlagList(ProjectView):
    parameters = PARAMETERS

    @describe("flags_list", "Open flags, the newest first", {200: paged(FlagRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        flags = Flag.objects.open().filter(project=membership.project).select_related("user")
        return page(request, flags, partial(_flags, membership), newest_first=True)


class FlagDetail(ProjectView):
    writes = Scope.ANNOTATE

    @describe("flags_clear", "Clear a flag: as a reviewer any, else your own", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        clear_flag(access.get_flag_for(self.member(), pk), by=self.person)
        return Response(status=204)


def _comments(membership: Membership, rows: Sequence[Comment]) -> list[dict[str, Any]]:
    names = called(membership, [row.author for row in rows])
    return [
        {
            "id": row.pk,
            "item": row.item_id,
            "author": names[row.author_id] if row.author else None,
            "text": row.text,
            "mentioned": sorted(person.get_username() for person in row.mentioned.all()),
            "created_at": row.created_at,
            "removed_at": row.removed_at,
        }
        for row in rows
    ]


def _flags(membership: Membership, rows: Sequence[Flag]) -> list[dict[str, Any]]:
    names = called(membership, [row.user for row in rows])
    return [
        {
            "id": row.pk,
            "item": row.item_id,
            "user": names[row.user_id] if row.user else None,
            "reason": row.reason,
            "created_at": row.created_at,
        }
        for row in rows
    ]
