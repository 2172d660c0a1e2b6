"""API tokens: made with a scope, shown once, kept as a hash, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import AuthToken

from annotation.models import Project, Scope, TokenGrant, User
from annotation.models.token_grant import NAME_LENGTH
from annotation.questions.speech import number

from .errors import Conflict, Refused

MOST_DAYS = 3650
MOST_TOKENS = 100
MOST_PROJECTS = 100
# A token that is used all the time is written about this often.
NOTED_EVERY = timedelta(minutes=5)


@transaction.atomic
def make_token(
    user: User,
    *,
    scope: str = Scope.MANAGE,
    name: str = "",
    days: int | None = None,
    projects: Sequence[Project] = (),
) -> tuple[TokenGrant, str]:
    """What it may do, and the token itself, which can be read this one time: only its hash is stored.

    `days` it lasts, REST_KNOX's otherwise. `projects` limit it to these. Raises Refused, naming the field, and Conflict
    for somebody who has MOST_TOKENS.
    """
    if scope not in Scope.values:
        raise Refused(_("A scope is one of %(names)s.") % {"names": ", ".join(Scope.values)}, "scope")
    if len(name) > NAME_LENGTH or "\0" in name:
        raise Refused(_("A name has at most %(count)s characters.") % {"count": NAME_LENGTH}, "name")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Refused(_("A token lasts 1 to %(most)s days.") % {"most": number(MOST_DAYS)}, "days")
    if len(projects) > MOST_PROJECTS:
        raise Refused(_("A token is limited to at most %(most)s projects.") % {"most": MOST_PROJECTS}, "projects")
    AuthToken.objects.filter(user=user, expiry__lt=Now()).delete()
    if TokenGrant.objects.filter(user=user).count() >= MOST_TOKENS:
        raise Conflict(_("You have %(most)s tokens; revoke some of them first.") % {"most": MOST_TOKENS})
    expiry = settings.REST_KNOX["TOKEN_TTL"] if days is None else timedelta(days=days)
    token, secret = AuthToken.objects.create(user=user, expiry=expiry)
    grant = TokenGrant.objects.create(
        token=token,
        user=user,
        # JavaScript reads whole numbers up to 2⁵³ exactly.
        number=secrets.randbelow(2**53 - 1) + 1,
        name=name.strip(),
        scope=scope,
        projects=[each.pk for each in projects],
    )
    return grant, secret


def find_projects_of(user: User, slugs: Sequence[str]) -> list[Project]:
    """The user's projects with these slugs. Raises Refused for one that is none of theirs."""
    found = {each.slug: each for each in Project.objects.visible_to(user).filter(slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in found]:
        raise Refused(_("There is no project “%(slug)s” of yours.") % {"slug": missing[0][:80]}, "projects")
    return list(found.values())


def revoke_grant(grant: TokenGrant) -> None:
    """Whoever has the token is refused from now on."""
    AuthToken.objects.filter(pk=grant.pk).delete()


def note_use(grant: TokenGrant) -> None:
    """That the token was used just now, to NOTED_EVERY."""
    now = timezone.now()
    if grant.used_at is None or grant.used_at < now - NOTED_EVERY:
        # Conditional: of requests at the same moment one writes.
        stale = Q(used_at__isnull=True) | Q(used_at__lt=now - NOTED_EVERY)
        TokenGrant.objects.filter(stale, pk=grant.pk).update(used_at=now)
