"""Who may do what in a project."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .project import Project


class Role(models.TextChoices):
    MANAGER = "manager", _("Manager")
    REVIEWER = "reviewer", _("Reviewer")
    ANNOTATOR = "annotator", _("Annotator")

    @property
    def may_manage(self) -> bool:
        return self is Role.MANAGER

    @property
    def may_review(self) -> bool:
        return self in (Role.MANAGER, Role.REVIEWER)


class Digest(models.TextChoices):
    """How often a member is told how the project stands. Days and weeks are those of UTC."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every Monday")
    NEVER = "never", _("Never")


class Membership(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)
    guidelines_seen = models.PositiveIntegerField(
        null=True, editable=False, help_text="The version this person last took note of."
    )

    # What this person is given; how much their answers count stands with the annotator, and outlives the membership.
    paused = models.BooleanField(default=False, help_text="Is given nothing.")
    assigned_only = models.BooleanField(default=False, help_text="Is given nothing but what was assigned to them.")
    daily_cap = models.PositiveIntegerField(null=True, blank=True, help_text="Answers a day (UTC) at most.")

    # What this person hears of the project (models/notification).
    muted = models.JSONField(default=list, db_default=[], editable=False, help_text="Kinds that are switched off.")
    digest = models.CharField(
        max_length=10, choices=Digest, default=Digest.WEEKLY, db_default=Digest.WEEKLY, editable=False
    )
    digested_at = models.DateTimeField(db_default=Now(), editable=False, help_text="When the last digest was made.")

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["digest", "digested_at"], name="membership_digest_due")]
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_once_per_project"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project} as {self.get_role_display()}"

    @property
    def may_manage(self) -> bool:
        return Role(self.role).may_manage

    @property
    def may_review(self) -> bool:
        return Role(self.role).may_review
