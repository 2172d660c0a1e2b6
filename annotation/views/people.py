"""Who belongs to a project, and as what; accounts and sign-in links in an administrator's hands."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms.people import MemberForm, RoleForm
from annotation.models import Membership, Project, User
from annotation.workflow.access import get_manager_membership_for, get_member_for
from annotation.workflow.errors import Refused
from annotation.workflow.people import add_member, create_user, get_user, remove_member, sign_in_link

from .rendering import page, refuse
from .requests import SignedInRequest

SECTION = "people"


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
            messages.success(request, f"{member.get_username()} is in.")
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
@require_POST
def member_role(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    member = get_member_for(membership, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That is no role.")
        return redirect("people", slug)
    try:
        add_member(membership.project, member.user, form.cleaned_data["role"], by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{member.user.get_username()} is {form.cleaned_data['role']} now.")
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
    messages.success(request, f"{member.user.get_username()} is out; what they answered stays.")
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


def _page(
    request: SignedInRequest,
    membership: Membership,
    *,
    form: MemberForm | None = None,
    account_form: MemberForm | None = None,
    link: dict[str, str] | None = None,
) -> HttpResponse:
    failed = any(each is not None and each.is_bound for each in (form, account_form))
    context = {
        "members": [
            {"row": member, "form": RoleForm(initial={"role": member.role}, auto_id=f"{member.pk}_%s")}
            for member in membership.project.memberships.select_related("user").order_by("user__username")
        ],
        "form": form or MemberForm(),
        "account_form": (account_form or MemberForm(prefix="new")) if _is_administrator(request) else None,
        "is_administrator": _is_administrator(request),
        "link": link,
    }
    return page(request, membership, "people/list.html", context, section=SECTION, status=422 if failed else 200)


def _refuse_members(project: Project, user: User) -> None:
    # Adding would change the role of somebody who is in already, which has a control of its own.
    if project.memberships.filter(user=user).exists():
        raise Refused(f"{user.get_username()} is in this project already.", "username")


def _link(request: SignedInRequest, person: User) -> dict[str, str]:
    address = sign_in_link(person, f"{request.scheme}://{request.get_host()}")
    return {"username": person.get_username(), "address": address}


def _is_administrator(request: SignedInRequest) -> bool:
    user: Any = request.user
    return bool(user.is_superuser)


def _require_administrator(request: SignedInRequest) -> None:
    if not _is_administrator(request):
        raise PermissionDenied("Only the site's administrators make accounts and sign-in links.")
