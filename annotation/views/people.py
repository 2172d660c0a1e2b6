"""Who belongs to a project, and as what; invitations; accounts and sign-in links in an administrator's hands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms.people import InvitationForm, MemberForm, RoleForm
from annotation.models import Invitation, InvitationState, Membership, Project, User
from annotation.reports.gold import Checked
from annotation.reports.keyset import slice_of
from annotation.reports.people import member_rows
from annotation.workflow.access import get_invitation_for, get_manager_membership_for, get_member_for
from annotation.workflow.errors import Refused
from annotation.workflow.inviting import invitation_link, invite, revoke_invitation
from annotation.workflow.people import add_member, create_user, get_user, remove_member, sign_in_link
from annotation.workflow.qualifying import asked_to_qualify

from .paging import ends_of, neighbours
from .rendering import page, refuse, warned
from .requests import SignedInRequest

SECTION = "people"
MEMBERS = 50
INVITATIONS = 20


@login_required
@require_http_methods(["GET", "POST"])
def people(request: SignedInRequest, slug: str) -> HttpResponse:
    """The members; a posted form adds somebody who has an account."""
    membership = get_manager_membership_for(request.user, slug)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            member = get_user(form.cleaned_data["username"])
            _refuse_members(membership.project, member)
            add_member(membership.project, member, form.cleaned_data["role"], by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("%(name)s is in.") % {"name": member.get_username()})
            return redirect("people", slug)
    return _page(request, membership, form=form)


@login_required
@never_cache
@require_POST
def person_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make an account and let its owner in. The sign-in link is on this one page and nowhere else."""
    membership = get_manager_membership_for(request.user, slug)
    _require_administrator(request)
    form = MemberForm(request.POST, prefix="new")
    if form.is_valid():
        try:
            # Both or neither: an account that nobody was told of would only block its name.
            with transaction.atomic():
                person = create_user(form.cleaned_data["username"])
                add_member(membership.project, person, form.cleaned_data["role"], by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return _page(request, membership, link=_link(request, person))
    return _page(request, membership, account_form=form)


@login_required
@never_cache
@require_POST
def invitation_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make an invitation. Its link is on the answer to this POST, and nowhere else."""
    membership = get_manager_membership_for(request.user, slug)
    form = InvitationForm(request.POST, prefix="invite")
    if form.is_valid():
        try:
            invitation, token = invite(membership.project, form.offer, by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            address = invitation_link(token, f"{request.scheme}://{request.get_host()}")
            return _page(request, membership, invited={"row": invitation, "address": address})
    return _page(request, membership, invitation_form=form)


@login_required
@require_POST
def invitation_revoke(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        revoke_invitation(get_invitation_for(membership, pk), by=request.user)
        messages.success(request, _("The invitation is revoked; nobody gets in by it any more."))
    return redirect("people", slug)


@login_required
@require_POST
def member_role(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    member = get_member_for(membership, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That is no role."))
        return redirect("people", slug)
    try:
        changed = add_member(membership.project, member.user, form.cleaned_data["role"], by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        told = {"name": member.user.get_username(), "role": changed.get_role_display()}
        messages.success(request, _("%(name)s: %(role)s from now on.") % told)
    return redirect("people" if member.user_id != request.user.pk else "project_overview", slug)


@login_required
@require_POST
def member_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    member = get_member_for(membership, pk)
    try:
        remove_member(member, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("people", slug)
    messages.success(request, _("%(name)s is out; what they answered stays.") % {"name": member.user.get_username()})
    return redirect("home") if member.user_id == request.user.pk else redirect("people", slug)


@login_required
@never_cache
@require_POST
def member_link(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """A new one-time sign-in link for somebody whose link was used up before they set a password."""
    membership = get_manager_membership_for(request.user, slug)
    _require_administrator(request)
    member = get_member_for(membership, pk)
    return _page(request, membership, link=_link(request, member.user))


def checked_card(checked: Checked) -> dict[str, Any]:
    """How right somebody is on the items whose answer is known, in percent, with the 95 % interval in words."""
    low, high = checked.interval
    return {
        "right": checked.right,
        "checked": checked.checked,
        "percent": None if checked.share is None else 100 * checked.share,
        "interval": f"{100 * low:.0f}–{100 * high:.0f} %" if checked.checked else "",
    }


def _page(
    request: SignedInRequest,
    membership: Membership,
    *,
    form: MemberForm | None = None,
    account_form: MemberForm | None = None,
    invitation_form: InvitationForm | None = None,
    link: dict[str, str] | None = None,
    invited: dict[str, Any] | None = None,
) -> HttpResponse:
    project = membership.project
    failed = any(each is not None and each.is_bound for each in (form, account_form, invitation_form))
    members = slice_of(project.memberships.select_related("user"), **ends_of(request), size=MEMBERS)
    context = {
        "members": [_member(row.membership, row) for row in member_rows(project, members.rows)],
        "members_total": project.memberships.count(),
        **neighbours(members, reverse("people", args=[project.slug])),
        "form": form or MemberForm(),
        "account_form": (account_form or MemberForm(prefix="new")) if _is_administrator(request) else None,
        "invitation_form": invitation_form or InvitationForm(prefix="invite"),
        "invitations": _invitations(project),
        "is_administrator": _is_administrator(request),
        "link": link,
        "invited": invited,
        "checks": project.items.filter(gold__isnull=False).order_by()[: project.qualification_items or 1].count(),
    }
    return page(request, membership, "people/list.html", context, section=SECTION, status=422 if failed else 200)


def _member(membership: Membership, row: Any) -> dict[str, Any]:
    return {
        "row": membership,
        "form": RoleForm(initial={"role": membership.role}, auto_id=f"{membership.pk}_%s"),
        "answers": row.answers,
        "answered_at": row.answered_at,
        "checked": checked_card(row.checked),
        "weight": row.annotator.weight if row.annotator and row.annotator.weight != 1 else None,
        "round": row.round if asked_to_qualify(membership) else None,
        "unqualified": asked_to_qualify(membership) and row.round is None,
    }


def _invitations(project: Project) -> list[dict[str, Any]]:
    """Those that are open first, and the newest of the others."""
    rows = Invitation.objects.filter(project=project).select_related("created_by")
    open_pks = list(Invitation.objects.open().filter(project=project).values_list("pk", flat=True)[:INVITATIONS])
    shown = [*rows.filter(pk__in=open_pks), *rows.exclude(pk__in=open_pks)[: INVITATIONS - len(open_pks)]]
    return [{"row": each, "open": each.state == InvitationState.OPEN, "state": each.state} for each in shown]


def _refuse_members(project: Project, user: User) -> None:
    # Adding would change the role of somebody who is in already, which has a control of its own.
    if project.memberships.filter(user=user).exists():
        raise Refused(_("%(name)s is in this project already.") % {"name": user.get_username()}, "username")


def _link(request: SignedInRequest, person: User) -> dict[str, str]:
    address = sign_in_link(person, f"{request.scheme}://{request.get_host()}")
    return {"username": person.get_username(), "address": address}


def _is_administrator(request: SignedInRequest) -> bool:
    user: Any = request.user
    return bool(user.is_superuser)


def _require_administrator(request: SignedInRequest) -> None:
    if not _is_administrator(request):
        raise PermissionDenied(_("Only the site's administrators make accounts and sign-in links."))
