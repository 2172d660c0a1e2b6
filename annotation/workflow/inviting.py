"""Let people in by a link: make it, revoke it, follow it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urljoin

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Invitation, Membership, Project, Role, User, Verb
from annotation.questions.speech import number

from .errors import Conflict, Refused
from .people import add_member, create_user
from .recording import record

MOST_USES = 1_000
MOST_DAYS = 90
NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers, and to how many."""

    role: str = Role.ANNOTATOR
    uses: int = 1
    days: int = 7
    note: str = ""


def invite(project: Project, offer: Offer, *, by: User) -> tuple[Invitation, str]:
    """A new invitation and its token, which is stored as a hash: this is the one time it can be read.

    Raises Refused, naming the field.
    """
    if offer.role not in Role.values:
        raise Refused(_("A role is one of %(names)s.") % {"names": ", ".join(Role.values)}, "role")
    if not 1 <= offer.uses <= MOST_USES:
        raise Refused(_("An invitation lets 1 to %(most_uses)s people in.") % {"most_uses": number(MOST_USES)}, "uses")
    if not 1 <= offer.days <= MOST_DAYS:
        raise Refused(_("An invitation lasts 1 to %(most_days)s days.") % {"most_days": MOST_DAYS}, "days")
    if "\0" in offer.note or len(offer.note) > NOTE_LENGTH:
        raise Refused(_("A note has at most %(note_length)s characters.") % {"note_length": NOTE_LENGTH}, "note")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            project=project,
            role=offer.role,
            note=offer.note.strip(),
            token_hash=_hash(token),
            uses_allowed=offer.uses,
            expires_at=timezone.now() + timedelta(days=offer.days),
            created_by=by,
        )
        record(project, Verb.INVITED, user=by, invitation=invitation.pk, role=offer.role, uses=offer.uses)
    return invitation, token


def invitation_link(token: str, base_url: str) -> str:
    return urljoin(base_url, reverse("join", args=[token]))


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Nobody gets in by this link any more; who is in stays. Raises Conflict when it was closed already."""
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=Now()):
        raise Conflict(_("This invitation lets nobody in any more."))
    record(invitation.project_id, Verb.UNINVITED, user=by, invitation=invitation.pk)


def find_by_token(token: str) -> Invitation | None:
    """The invitation behind a link that still lets somebody in."""
    found = Invitation.objects.open().select_related("project", "created_by")
    return found.filter(token_hash=_hash(token)).first()


@transaction.atomic
def join(invitation: Invitation, user: User) -> Membership:
    """Let a person in by an invitation. Who is in already stays what they are: an invitation raises nobody's role.

    Raises Conflict when the last place was taken, or the invitation closed, a moment ago.
    """
    earlier = Membership.objects.filter(project=invitation.project_id, user=user).first()
    if earlier is not None:
        return earlier
    # Conditional: of two people who take the last place at once, one is let in.
    if not Invitation.objects.open().filter(pk=invitation.pk).update(uses=F("uses") + 1):
        raise Conflict(_("This invitation lets nobody in any more; ask for another one."))
    membership = add_member(invitation.project, user, invitation.role, by=invitation.created_by or user)
    record(
        invitation.project_id,
        Verb.JOINED,
        user=user,
        invitation=invitation.pk,
        member=user.get_username(),
        role=invitation.role,
    )
    return membership


@transaction.atomic
def join_anew(invitation: Invitation, username: str, password: str) -> Membership:
    """Make an account for somebody who has none, and let them in: both, or neither.

    Raises Refused at `username` or `password`, Conflict as `join` does.
    """
    person = create_user(username)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "password") from error
    person.set_password(password)
    person.save(update_fields=["password"])
    return join(invitation, person)


def _hash(token: str) -> str:
    # 256 random bits cannot be guessed, so one round of SHA-256 hides them as well as a slow hash would.
    return hashlib.sha256(token.encode()).hexdigest()
