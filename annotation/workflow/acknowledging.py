"""Remember which version of the guidelines somebody has taken note of."""

from __future__ import annotations

from django.db.models import Q

from annotation.models import Membership


def begin_reading(membership: Membership) -> None:
    """A person's first look at the page: nothing has changed for them yet."""
    if membership.guidelines_seen is not None:
        return
    version = membership.project.guidelines_version
    # Conditional: two tabs opened at once must not undo what was taken note of between them.
    Membership.objects.filter(pk=membership.pk, guidelines_seen__isnull=True).update(guidelines_seen=version)
    membership.guidelines_seen = version


def acknowledge(membership: Membership, version: int) -> None:
    """The change up to `version` was shown and need not be shown again; never backwards, never ahead of what exists."""
    seen = Membership.objects.filter(pk=membership.pk, project__guidelines_version__gte=version)
    seen.filter(Q(guidelines_seen__isnull=True) | Q(guidelines_seen__lt=version)).update(guidelines_seen=version)
