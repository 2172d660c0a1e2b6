"""How a person likes to work, as `User.preferences` stores it: which keys there are, and what they are by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

COMMANDS = {
    "submit": gettext_noop("Submit and go on"),
    "skip": gettext_noop("Skip, with a reason"),
    "undo": gettext_noop("Back to your previous answer"),
    "accept": gettext_noop("Accept what the model suggests"),
    "next": gettext_noop("To the next question"),
    "previous": gettext_noop("To the question before"),
    "flag": gettext_noop("Flag the item"),
    "comments": gettext_noop("Comments"),
    "guidelines": gettext_noop("Guidelines"),
    "pause": gettext_noop("Pause"),
}
DEFAULT_HOTKEYS = {
    "submit": "Enter",
    "skip": " ",
    "undo": "Backspace",
    "accept": "a",
    "next": "j",
    "previous": "k",
    "flag": "f",
    "comments": "c",
    "guidelines": "g",
    "pause": "p",
}
# As browsers name them, and as people do.
NAMED_KEYS = {
    "Enter": gettext_noop("Enter"),
    " ": gettext_noop("Space"),
    "Backspace": gettext_noop("Backspace"),
    "Delete": gettext_noop("Delete"),
    "Insert": gettext_noop("Insert"),
    "Home": gettext_noop("Home"),
    "End": gettext_noop("End"),
    "PageUp": gettext_noop("Page up"),
    "PageDown": gettext_noop("Page down"),
}
_SIGNS = {"Enter": "↵", "Backspace": "⌫"}


def hotkeys_of(preferences: Mapping[str, Any]) -> dict[str, str]:
    """Command → the key that asks for it, as `KeyboardEvent.key` names it."""
    chosen = preferences.get("hotkeys", {})
    return {command: chosen.get(command, key) for command, key in DEFAULT_HOTKEYS.items()}


def named_key(key: str) -> str:
    """A key as people call it."""
    return NAMED_KEYS.get(key, key)


def label_of(key: str) -> str:
    """A key as it is written on buttons."""
    return _SIGNS.get(key) or named_key(key)
