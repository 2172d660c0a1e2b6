"""How the person who asks likes to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Scope, User
from annotation.models.preferences import COMMANDS, DEFAULT_HOTKEYS, NAMED_KEYS, hotkeys_of, named_key
from annotation.workflow.errors import Refused
from annotation.workflow.preferences import set_preferences

from .base import ApiView
from .describing import describe
from .shapes import Body, Flag, JsonObject, Text

HOTKEYS = f"Command → key: a character, {', '.join(NAMED_KEYS.values())}. Commands: {', '.join(COMMANDS)}."
LANGUAGES = f"{', '.join(code for code, _ in settings.LANGUAGES)}; empty for what the browser asks for."


class PreferencesBody(Body):
    hotkeys = JsonObject(
        required=False, allow_null=True, help_text=f"{HOTKEYS} Those left out stay; null for the usual keys."
    )
    swipe = Flag(required=False, help_text="Whether a swipe submits or skips on touch screens.")
    language = Text(required=False, allow_blank=True, max_length=20, help_text=LANGUAGES)


class PreferencesShape(serializers.Serializer):
    hotkeys = serializers.DictField(child=serializers.CharField(), help_text=HOTKEYS)
    swipe = serializers.BooleanField()
    language = serializers.CharField(help_text=LANGUAGES)


class Preferences(ApiView):
    writes = Scope.ANNOTATE

    @describe("preferences_get", "How you like to work: keys, swiping, language", {200: PreferencesShape})
    def get(self, request: Request) -> Response:
        return Response(_render(self.person))

    @describe(
        "preferences_change",
        "Change how you like to work; all of it or, where something is refused, nothing",
        {200: PreferencesShape},
        request=PreferencesBody,
        sends={"hotkeys": {"flag": "x", "skip": "Backspace", "undo": "u"}, "language": "de"},
    )
    def patch(self, request: Request) -> Response:
        body = self.read(PreferencesBody)
        keys = body.get("hotkeys")
        if "hotkeys" in body:
            keys = DEFAULT_HOTKEYS if keys is None else _texts(keys)
        try:
            set_preferences(self.person, keys=keys, swipe=body.get("swipe"), language=body.get("language"))
        except Refused as refusal:
            # The verb names the command; here it lies within `hotkeys`.
            field = f"hotkeys.{refusal.field}" if refusal.field in COMMANDS else refusal.field
            raise Refused(str(refusal), field) from refusal
        return Response(_render(self.person))


def _texts(keys: Mapping[str, Any]) -> Mapping[str, str]:
    """Raises ValidationError."""
    wrong = {f"hotkeys.{name[:80]}": ["This must be text."] for name, key in keys.items() if not isinstance(key, str)}
    if wrong:
        raise ValidationError(wrong)
    return keys


def _render(user: User) -> dict[str, Any]:
    return {
        "hotkeys": {command: named_key(key) for command, key in hotkeys_of(user.preferences).items()},
        "swipe": user.preferences.get("swipe", True),
        "language": user.preferences.get("language", ""),
    }
