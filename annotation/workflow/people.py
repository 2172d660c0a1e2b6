"""Accounts, memberships, sign-in links and API tokens."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from knox.models import get_token_model

from annotation.models import Annotator, AnnotatorKind, Assignment, Invitation, Membership, Project, Role, User, Verb
from annotation.questions.speech import number

from .errors import Conflict, Refused
from .publishing import publish
from .recording import record

MOST_WEIGHT = 10
MOST_A_DAY = 10_000
# A lease that lasts no longer was taken from the queue; longer ones are assignments.
SHORT = timedelta(hours=1)


class SignInTokens(PasswordResetTokenGenerator):
    """One-time tokens: the hash covers the last login, so the first use spends it."""

    key_salt = "annotation.workflow.people.SignInTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        # To the microsecond: Django's cuts the last login to seconds, so a link made within the second of a login
        # would outlive its use.
        return f"{user.pk}{user.password}{user.last_login and user.last_login.isoformat()}{timestamp}"


sign_in_tokens = SignInTokens()


def create_user(username: str, *, admin: bool = False) -> User:
    """A person without a password, who signs in by link. Raises Refused for a name that is taken or not allowed."""
    user = User(username=username, is_staff=admin, is_superuser=admin)
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "username") from error
    user.save()
    return user


def get_user(username: str) -> User:
    """Raises Refused when nobody active has this name."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Refused(
            _("There is nobody called “%(username)s” on this site.") % {"username": username[:150]}, "username"
        )
    return user


def ensure_administrator() -> User:
    """The first administrator, made on an empty site."""
    return User.objects.filter(is_superuser=True).order_by("pk").first() or create_user("admin", admin=True)


def sign_in_link(user: User, base_url: str) -> str:
    """A link that signs `user` in once, within PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(str(user.pk).encode())
    return urljoin(base_url, reverse("sign_in_link", args=[uid, sign_in_tokens.make_token(user)]))


def find_by_sign_in_link(uid: str, token: str) -> User | None:
    """Whom a link signs in, or None when it was used, is too old, or was never given."""
    try:
        user = User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and sign_in_tokens.check_token(user, token) else None


@transaction.atomic
def spend_sign_in_link(uid: str, token: str) -> User | None:
    """Whom a link signs in, this one time; None for everyone who comes after."""
    found = find_by_sign_in_link(uid, token)
    if found is None:
        return None
    # Looked at again under the row's lock: of ten requests at once, nine see the login of the first.
    user = User.objects.select_for_update().get(pk=found.pk)
    if not sign_in_tokens.check_token(user, token):
        return None
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    return user


class TokensEnd:
    """In AUTH_PASSWORD_VALIDATORS, for their notice of a new password, however it was set: API tokens end with the
    old one, as sessions do."""

    def validate(self, password: str, user: User | None = None) -> None:
        pass

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None:
            get_token_model().objects.filter(user=user).delete()

    def get_help_text(self) -> str:
        return _("A new password ends your other sessions and your API tokens.")


@transaction.atomic
def add_member(project: Project, user: User, role: str, *, by: User) -> Membership:
    """Let a person into a project, or change their role; their annotator comes with it.

    Raises Refused for an unknown role, Conflict when the project would lose its last manager.
    """
    if role not in Role.values:
        raise Refused(_("A role is one of %(names)s.") % {"names": ", ".join(Role.values)}, "role")
    if role != Role.MANAGER:
        _keep_a_manager(project, user)
    membership, _created = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    _ensure_annotator(project, user)
    record(project, Verb.MEMBER_ADDED, user=by, member=user.get_username(), role=role)
    return membership


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a member works."""

    role: str
    weight: float = 1.0
    daily_cap: int | None = None
    paused: bool = False
    assigned_only: bool = False

    @classmethod
    def of(cls, membership: Membership) -> Terms:
        annotator = Annotator.objects.filter(project=membership.project_id, user=membership.user_id).first()
        return cls(
            membership.role,
            annotator.weight if annotator else 1.0,
            membership.daily_cap,
            membership.paused,
            membership.assigned_only,
        )


@transaction.atomic
def change_terms(membership: Membership, terms: Terms, *, by: User) -> Membership:
    """Change a member's role and what they are given; a new weight reaches the items they answered soon afterwards.

    Raises Refused, naming the field, Conflict when the project would lose its last manager.
    """
    _check_terms(terms)
    membership = Membership.objects.select_for_update(of=("self",)).select_related("user").get(pk=membership.pk)
    before = Terms.of(membership)
    changed: dict[str, Any] = {
        each.name: [getattr(before, each.name), getattr(terms, each.name)]
        for each in fields(Terms)
        if getattr(before, each.name) != getattr(terms, each.name)
    }
    if not changed:
        return membership
    if terms.role != Role.MANAGER:
        _keep_a_manager(membership.project, membership.user)
    membership.role, membership.daily_cap = terms.role, terms.daily_cap
    membership.paused, membership.assigned_only = terms.paused, terms.assigned_only
    membership.save(update_fields=["role", "daily_cap", "paused", "assigned_only"])
    if terms.role != Role.MANAGER:
        _close_invitations(membership)
    mine = Annotator.objects.filter(project=membership.project_id, user=membership.user_id)
    if "weight" in changed:
        mine.update(weight=terms.weight, reweighed_through=0)
        for pk in mine.values_list("pk", flat=True):
            publish("reweigh_answers", pk)
    if terms.paused and not before.paused:
        # What they hold for a moment goes to others; what was assigned to them for long waits for them.
        held = Assignment.objects.open().filter(annotator__in=mine, expires_at__lt=Now() + SHORT)
        held.update(expires_at=Now())
    record(membership.project_id, Verb.MEMBER_CHANGED, user=by, member=membership.user.get_username(), **changed)
    return membership


def _check_terms(terms: Terms) -> None:
    if terms.role not in Role.values:
        raise Refused(_("A role is one of %(names)s.") % {"names": ", ".join(Role.values)}, "role")
    if not 0 <= terms.weight <= MOST_WEIGHT:
        raise Refused(_("A weight is a number from 0 to %(most_weight)s.") % {"most_weight": MOST_WEIGHT}, "weight")
    if terms.daily_cap is not None and not 1 <= terms.daily_cap <= MOST_A_DAY:
        raise Refused(
            _("A day has 1 to %(most_a_day)s answers; leave it empty for as many as they like.")
            % {"most_a_day": number(MOST_A_DAY)},
            "daily_cap",
        )


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Close the project to a person. Their answers stay, under their name; what they hold goes back to the queue."""
    _keep_a_manager(membership.project, membership.user)
    membership.delete()
    _close_invitations(membership)
    held = Assignment.objects.open().filter(project=membership.project_id, annotator__user=membership.user_id)
    held.update(expires_at=Now())
    record(membership.project_id, Verb.MEMBER_REMOVED, user=by, member=membership.user.get_username())


def _close_invitations(membership: Membership) -> None:
    """Links that somebody made as a manager let nobody in once they are none."""
    made = Invitation.objects.open().filter(project=membership.project_id, created_by=membership.user_id)
    made.update(revoked_at=Now())


def _ensure_annotator(project: Project, user: User) -> None:
    if Annotator.objects.filter(project=project, user=user).exists():
        return
    # Answers that were imported under this name become this person's.
    imported = Annotator.objects.filter(
        project=project, kind=AnnotatorKind.HUMAN, name=user.get_username(), user__isnull=True
    )
    if not imported.update(user=user):
        Annotator.objects.create(project=project, user=user, kind=AnnotatorKind.HUMAN, name=user.get_username())


def _keep_a_manager(project: Project, leaving: User) -> None:
    # Locked, so that two managers cannot remove each other at the same moment.
    managers = list(
        Membership.objects.select_for_update().filter(project=project, role=Role.MANAGER).values_list("user", flat=True)
    )
    if managers == [leaving.pk]:
        raise Conflict(_("A project keeps at least one manager; make somebody else a manager first."))
