"""A person who can sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Django's user, under our own name so that preferences can join it without a migration of the whole site."""

    preferences = models.JSONField(default=dict, blank=True, help_text="How this person likes to work: hotkeys, language.")

    class Meta(AbstractUser.Meta):
        db_table = "annotation_user"
