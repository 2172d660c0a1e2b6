"""What the sweep saw of a project when it last looked, so that it notices what is new."""

from __future__ import annotations

from django.db import models

from .project import Project


class Watch(models.Model):
    project = models.OneToOneField(Project, models.CASCADE, related_name="watch")
    waiting = models.BooleanField(default=False, help_text="Whether anything waited for people's answers.")
    emptied = models.PositiveIntegerField(default=0, help_text="How often nothing was left.")
    agreement_on = models.DateField(null=True, help_text="The day (UTC) on which agreement was last looked at.")
    agreement_upto = models.BigIntegerField(default=0, help_text="The newest answer when a fall was last told.")
