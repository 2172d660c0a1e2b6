"""A person who can sign in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext

from .preferences import COMMANDS, hotkeys_of, label_of


class User(AbstractUser):
    """Django's user, under our own name so that preferences can join it without a migration of the whole site."""

    preferences = models.JSONField(
        default=dict, blank=True, help_text="How this person likes to work: hotkeys, language."
    )

    class Meta(AbstractUser.Meta):
        db_table = "annotation_user"

    @property
    def hotkeys(self) -> dict[str, Any]:
        """What hotkeys.js is told."""
        return {"keys": hotkeys_of(self.preferences), "swipe": self.preferences.get("swipe", True)}

    @property
    def hotkey_labels(self) -> dict[str, str]:
        """Command → its key, as written on buttons."""
        return {command: gettext(label_of(key)) for command, key in hotkeys_of(self.preferences).items()}

    @property
    def hotkey_sheet(self) -> list[tuple[str, str]]:
        """(key as written, what it does), in the order in which commands are learned."""
        labels = self.hotkey_labels
        return [(labels[command], gettext(title)) for command, title in COMMANDS.items()]
