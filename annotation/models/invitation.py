"""A link that lets people into a project."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .membership import Role
from .project import Project


class InvitationState(models.TextChoices):
    OPEN = "open", _("Open")
    USED = "used", _("Used up")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Those that still let somebody in, by the database's clock."""
        return self.filter(revoked_at__isnull=True, uses__lt=F("uses_allowed"), expires_at__gt=Now())


class Invitation(models.Model):
    """Only the token's hash is stored, so the link can be read once: when it is made."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role)
    note = models.CharField(max_length=200, blank=True, help_text="Whom it is for.")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256, in hexadecimal.")
    uses_allowed = models.PositiveSmallIntegerField(default=1)
    uses = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two who take the last place at once: the database refuses one of them.
            models.CheckConstraint(condition=Q(uses__lte=F("uses_allowed")), name="invitation_never_over_used"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_known_role"),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="invitation_by_project")]

    @property
    def state(self) -> InvitationState:
        """For showing; what lets somebody in asks the database."""
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.uses >= self.uses_allowed:
            return InvitationState.USED
        return InvitationState.EXPIRED if self.expires_at <= timezone.now() else InvitationState.OPEN
