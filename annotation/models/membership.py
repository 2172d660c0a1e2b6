"""Who may do what in a project."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .project import Project


class Role(models.TextChoices):
    MANAGER = "manager", "Manager"
    REVIEWER = "reviewer", "Reviewer"
    ANNOTATOR = "annotator", "Annotator"

    @property
    def may_manage(self) -> bool:
        return self is Role.MANAGER

    @property
    def may_review(self) -> bool:
        return self in (Role.MANAGER, Role.REVIEWER)


class Membership(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
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
