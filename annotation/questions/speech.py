"""What rooms that know no Django say to people, in the language of whoever reads it.

They put every sentence through these functions, as the rest of the code puts its own through Django's, and `make
messages` finds both. `apps` lends them Django's when the site starts; without it, everything is said in English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How a sentence is said, one with a count (singular, plural, count), and how a whole number is written."""

    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]
    number: Callable[[int], str]


ENGLISH = Language(str, lambda singular, plural, count: singular if count == 1 else plural, "{:,}".format)
_spoken = ENGLISH


def speak(language: Language) -> None:
    """From now on everything is said in it."""
    global _spoken
    _spoken = language


def gettext(sentence: str) -> str:
    return _spoken.gettext(sentence)


def gettext_noop(sentence: str) -> str:
    """Marks what is said later, such as a title in a registry: it is put through `gettext` where it is shown."""
    return sentence


def ngettext(singular: str, plural: str, count: int) -> str:
    return _spoken.ngettext(singular, plural, count)


def number(count: int) -> str:
    """12345 → “12,345”, in German “12.345”."""
    return _spoken.number(count)
