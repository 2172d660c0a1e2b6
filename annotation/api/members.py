"""Who belongs to a project, as what, and on which terms; invitations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Invitation, Membership, Qualification
from annotation.reports.people import answers_of, work_of
from annotation.reports.review_record import review_record_of
from annotation.workflow import access
from annotation.workflow.downloading import spreadsheet
from annotation.workflow.inviting import (
    MOST_DAYS,
    MOST_USES,
    NOTE_LENGTH,
    Offer,
    invitation_link,
    invite,
    revoke_invitation,
)
from annotation.workflow.people import MOST_A_DAY, Terms, add_member, change_terms, get_user, remove_member
from annotation.workflow.qualifying import find_newest, retry, waive

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Flag, Number, Text, Whole


class MemberBody(Body):
    username = Text(max_length=150)
    role = Text(max_length=20, help_text="manager, reviewer or annotator")


class MemberRow(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    role = serializers.CharField()
    created_at = serializers.DateTimeField()


class TermsBody(Body):
    role = Text(required=False, max_length=20, help_text="manager, reviewer or annotator")
    weight = Number(required=False, help_text="How much their answers count, 0 to 10 (default 1).")
    daily_cap = Whole(required=False, allow_null=True, max_value=MOST_A_DAY, help_text="null for as many as they like.")
    paused = Flag(required=False, help_text="They are given nothing.")
    assigned_only = Flag(required=False, help_text="They are given nothing but what is assigned to them.")


class ChecksShape(serializers.Serializer):
    right = serializers.IntegerField()
    checked = serializers.IntegerField()
    low = serializers.FloatField(help_text="The 95 % interval of the share that is right.")
    high = serializers.FloatField()


class AgreedShape(serializers.Serializer):
    question = serializers.CharField()
    with_settled = serializers.FloatField(allow_null=True)
    settled = serializers.IntegerField(help_text="Items that settled.")
    alpha = serializers.FloatField(allow_null=True, help_text="Krippendorff's, with other people.")
    raw = serializers.FloatField(allow_null=True)
    pairs = serializers.IntegerField()


class DayShape(serializers.Serializer):
    day = serializers.DateField()
    answers = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)


class RoundShape(serializers.Serializer):
    state = serializers.CharField(help_text="running, passed, failed or waived")
    items = serializers.IntegerField()
    answered = serializers.IntegerField()
    right = serializers.IntegerField()
    mark = serializers.FloatField(help_text="The share that has to be right.")
    finished_at = serializers.DateTimeField(allow_null=True)


class ReviewShape(serializers.Serializer):
    reviewed = serializers.IntegerField(help_text="Answers on sampled items that a reviewer looked at, the newest 200.")
    accepted = serializers.IntegerField(help_text="Of those, the ones that stood unchanged.")
    rate = serializers.FloatField(help_text="Share of their settled items that is drawn for review, 0 to 1.")


class MemberShape(MemberRow):
    weight = serializers.FloatField()
    daily_cap = serializers.IntegerField(allow_null=True)
    paused = serializers.BooleanField()
    assigned_only = serializers.BooleanField()
    answers = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    skipped = serializers.IntegerField()
    flagged = serializers.IntegerField()
    revised = serializers.IntegerField(help_text="Answers that were taken back or replaced.")
    checks = ChecksShape()
    agreement = AgreedShape(many=True)
    days = DayShape(many=True, help_text="The last 30.")
    qualification = RoundShape(allow_null=True)
    review = ReviewShape()


class DecisionBody(Body):
    decision = serializers.ChoiceField(choices=["retry", "waive"])


class InvitationBody(Body):
    role = Text(required=False, max_length=20, help_text="manager, reviewer or annotator (default annotator)")
    uses = Whole(required=False, help_text=f"How many people it lets in, 1 to {MOST_USES} (default 1).")
    days = Whole(required=False, help_text=f"How long it lasts, 1 to {MOST_DAYS} (default 7).")
    note = Text(required=False, allow_blank=True, max_length=NOTE_LENGTH, help_text="Whom it is for.")


class InvitationRow(serializers.Serializer):
    id = serializers.IntegerField()
    role = serializers.CharField()
    note = serializers.CharField()
    state = serializers.CharField(help_text="open, used, expired or revoked")
    uses = serializers.IntegerField()
    uses_allowed = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class NewInvitation(InvitationRow):
    address = serializers.CharField(help_text="Give it to whom it is for; it cannot be read again.")


class MemberList(ProjectView):
    parameters = PARAMETERS

    @describe("members_list", "The members of a project", {200: paged(MemberRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        return page(request, project.memberships.select_related("user"), _render)

    @describe(
        "members_add",
        "Let a person in, or change their role",
        {201: MemberRow},
        request=MemberBody,
        sends={"username": "ada", "role": "annotator"},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(MemberBody)
        membership = add_member(project, get_user(body["username"]), body["role"], by=self.person)
        return Response(_render([membership])[0], status=201)


class MemberDetail(ProjectView):
    @describe(
        "members_get", "How a member works, and what they have done; for managers, and for oneself", {200: MemberShape}
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        asking = self.member()
        member = asking if asking.pk == pk else access.get_member_for(self.manager(), pk)
        return Response(_render_work(member))

    @describe(
        "members_change",
        "Change a member's role, or what they are given and how much their answers count",
        {200: MemberShape},
        request=TermsBody,
        sends={"weight": 0.5, "daily_cap": 200, "paused": False},
    )
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        member = access.get_member_for(self.manager(), pk)
        terms = replace(Terms.of(member), **self.read(TermsBody))
        return Response(_render_work(change_terms(member, terms, by=self.person)))

    @describe("members_remove", "Close the project to a person; their answers stay", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        remove_member(access.get_member_for(self.manager(), pk), by=self.person)
        return Response(status=204)


class MemberAnswers(ProjectView):
    @describe(
        "members_answers",
        "A member's current answers as CSV, the newest first; for managers, and for oneself",
        {(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str, pk: int) -> StreamingHttpResponse:
        asking = self.member()
        own = asking.pk == pk
        annotator = access.get_annotator_for(asking if own else access.get_member_for(self.manager(), pk))
        # Which items are hidden checks is not for who is checked.
        checks = asking.may_manage and not own
        return StreamingHttpResponse(
            spreadsheet(answers_of(asking.project, annotator, checks=checks)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="answers-{annotator.pk}.csv"'},
        )


class MemberQualification(ProjectView):
    @describe(
        "members_qualification",
        "Ask a member for another qualification round, or for none",
        {200: RoundShape},
        request=DecisionBody,
        sends={"decision": "waive"},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        member = access.get_member_for(self.manager(), pk)
        decide = retry if self.read(DecisionBody)["decision"] == "retry" else waive
        return Response(_render_round(decide(member, by=self.person)))


class InvitationList(ProjectView):
    parameters = PARAMETERS

    @describe("invitations_list", "The links that let people in", {200: paged(InvitationRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        rows = Invitation.objects.filter(project=self.manager().project)
        return page(request, rows, lambda found: [_render_invitation(each) for each in found], newest_first=True)

    @describe(
        "invitations_create",
        "Make a link that lets people in; its address is in this answer and nowhere else",
        {201: NewInvitation},
        request=InvitationBody,
        sends={"role": "annotator", "uses": 5, "days": 7, "note": "the summer students"},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        invitation, token = invite(project, Offer(**self.read(InvitationBody)), by=self.person)
        address = invitation_link(token, f"{request.scheme}://{request.get_host()}")
        return Response({**_render_invitation(invitation), "address": address}, status=201)


class InvitationDetail(ProjectView):
    @describe("invitations_revoke", "Let nobody in by this link any more; who is in stays", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        revoke_invitation(access.get_invitation_for(self.manager(), pk), by=self.person)
        return Response(status=204)


def _render(members: Sequence[Membership]) -> list[dict[str, Any]]:
    return [
        {"id": each.pk, "username": each.user.get_username(), "role": each.role, "created_at": each.created_at}
        for each in members
    ]


def _render_work(member: Membership) -> dict[str, Any]:
    annotator = access.get_annotator_for(member)
    work, terms = work_of(member.project, annotator), Terms.of(member)
    low, high = work.checked.interval
    newest = find_newest(annotator)
    return {
        **_render([member])[0],
        "weight": terms.weight,
        "daily_cap": terms.daily_cap,
        "paused": terms.paused,
        "assigned_only": terms.assigned_only,
        "answers": work.answers,
        "median_seconds": work.seconds,
        "skipped": work.skipped,
        "flagged": work.flagged,
        "revised": work.revised,
        "checks": {"right": work.checked.right, "checked": work.checked.checked, "low": low, "high": high},
        "agreement": [
            {
                "question": each.title,
                "with_settled": each.with_settled,
                "settled": each.settled,
                "alpha": each.others.alpha,
                "raw": each.others.raw,
                "pairs": each.others.items,
            }
            for each in work.agreed
        ],
        "days": [{"day": day.day, "answers": day.answers, "median_seconds": day.seconds} for day in work.days],
        "qualification": None if newest is None else _render_round(newest),
        "review": asdict(review_record_of(member.project, annotator)),
    }


def _render_round(attempt: Qualification) -> dict[str, Any]:
    return {
        "state": attempt.state,
        "items": attempt.items,
        "answered": attempt.answered,
        "right": attempt.right,
        "mark": attempt.mark,
        "finished_at": attempt.finished_at,
    }


def _render_invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.pk,
        "role": invitation.role,
        "note": invitation.note,
        "state": invitation.state,
        "uses": invitation.uses,
        "uses_allowed": invitation.uses_allowed,
        "expires_at": invitation.expires_at,
        "created_at": invitation.created_at,
    }
