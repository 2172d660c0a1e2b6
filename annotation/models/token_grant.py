"""What an API token may do, beside the hash that knox keeps of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NAME_LENGTH = 80


class Scope(models.TextChoices):
    """Each includes those before it. What a person's role forbids, no token allows."""

    READ = "read", _("Read")
    ANNOTATE = "annotate", _("Annotate")
    MANAGE = "manage", _("Manage")

    def includes(self, other: str) -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(Scope(other))


class TokenGrant(models.Model):
    """A token without one opens nothing, so what is forgotten to be written grants no rights."""

    token: Any = models.OneToOneField("knox.AuthToken", models.CASCADE, primary_key=True, related_name="grant")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="token_grants")
    number = models.BigIntegerField(unique=True, help_text="Names the token in addresses; says nothing about it.")
    name = models.CharField(max_length=NAME_LENGTH, blank=True, help_text="What it is for.")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.MANAGE)
    # Keys instead of a relation: with its last project a token must not lose its limit.
    projects = ArrayField(models.BigIntegerField(), default=list, help_text="Empty: every project of its owner's.")
    used_at = models.DateTimeField(null=True, help_text="To a few minutes.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="grant_known_scope")]
        indexes = [models.Index(fields=["user", "-number"], name="grant_by_user")]

    @property
    def is_expired(self) -> bool:
        return self.token.expiry is not None and self.token.expiry < timezone.now()
