"""A person sets how they like to work."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import User
from annotation.models.preferences import COMMANDS, DEFAULT_HOTKEYS, NAMED_KEYS, hotkeys_of, named_key

from .errors import Refused

# Digits choose options, “/” finds them, “=” ties, “?” lists the keys.
RESERVED = frozenset("0123456789/=?")


def set_hotkeys(user: User, keys: Mapping[str, str], *, swipe: bool | None = None) -> User:
    """Set the keys of these commands, and whether swiping counts; the others stay as they are.

    A key is a character, or the name of one (“Space”, “Enter”). Raises Refused, with the command at fault, for an
    unknown command, a key that is none or has another use, and for one key that asks for two things.
    """
    if strange := set(keys) - set(COMMANDS):
        raise Refused(_("There is no command “%(strange)s”.") % {"strange": min(strange)[:80]}, "hotkeys")
    chosen = {command: _clean_key(command, key) for command, key in keys.items()}
    with transaction.atomic():
        # Another page of the same person may be changing other preferences.
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        complete = hotkeys_of(locked.preferences) | chosen
        _refuse_conflicts(complete, first=list(chosen))
        own = {command: key for command, key in complete.items() if key != DEFAULT_HOTKEYS[command]}
        locked.preferences = {**locked.preferences, "hotkeys": own}
        if swipe is not None:
            locked.preferences["swipe"] = swipe
        locked.save(update_fields=["preferences"])
    user.preferences = locked.preferences
    return user


def set_language(user: User, language: str) -> User:
    """The language of this person's pages; empty for what their browser asks for. Raises Refused for one we lack."""
    if language and language not in dict(settings.LANGUAGES):
        raise Refused(_("This language is not here yet."), "language")
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        locked.preferences = {**locked.preferences, "language": language}
        locked.save(update_fields=["preferences"])
    user.preferences = locked.preferences
    return user


@transaction.atomic
def set_preferences(
    user: User, *, keys: Mapping[str, str] | None = None, swipe: bool | None = None, language: str | None = None
) -> User:
    """Any of these at once; none of them where one is refused. Raises Refused."""
    if keys is not None or swipe is not None:
        set_hotkeys(user, keys or {}, swipe=swipe)
    if language is not None:
        set_language(user, language)
    return user


def reset_hotkeys(user: User) -> User:
    """Every key as it is by default."""
    return set_hotkeys(user, DEFAULT_HOTKEYS)


def _clean_key(command: str, raw: str) -> str:
    named = {word.casefold(): key for key, name in NAMED_KEYS.items() for word in (key, name, _(name))}
    key = named.get(raw.casefold()) or named.get(raw.strip().casefold()) or raw.strip().lower()
    if key in NAMED_KEYS:
        return key
    if len(key) != 1 or not key.isprintable():
        names = ", ".join(_(name) for name in NAMED_KEYS.values())
        raise Refused(
            _("“%(command)s” needs one key: a character, or %(names)s.")
            % {"command": _(COMMANDS[command]), "names": names},
            command,
        )
    if key in RESERVED:
        raise Refused(
            _("“%(key)s” has its own use on the page and cannot be “%(command)s”.")
            % {"key": key, "command": _(COMMANDS[command])},
            command,
        )
    return key


def _refuse_conflicts(keys: Mapping[str, str], *, first: list[str]) -> None:
    """`first`: the commands that were set, for the complaint belongs to one of them."""
    for command in first:
        for other, key in keys.items():
            if other != command and key == keys[command]:
                raise Refused(
                    _("“%(key)s” cannot be both “%(command)s” and “%(other)s”.")
                    % {"key": _(named_key(key)), "command": _(COMMANDS[command]), "other": _(COMMANDS[other])},
                    command,
                )
