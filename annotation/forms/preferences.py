"""How a person likes to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.models.preferences import COMMANDS, hotkeys_of, named_key


class HotkeyForm(forms.Form):
    """One field per command. What a key may be is for the verb to say."""

    swipe = forms.BooleanField(
        label=_("Swipe on touch screens"),
        required=False,
        help_text=_("A quick swipe to the right submits, one to the left asks why the item is skipped."),
    )

    def __init__(self, *args: Any, preferences: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["swipe"] = preferences.get("swipe", True)
        for command, key in hotkeys_of(preferences).items():
            self.fields[command] = forms.CharField(
                label=_(COMMANDS[command]),
                initial=gettext(named_key(key)),
                max_length=20,
                strip=False,
                widget=forms.TextInput(
                    attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "data-key": True}
                ),
            )

    @property
    def keys(self) -> dict[str, str]:
        return {command: self.cleaned_data[command] for command in COMMANDS}

    @property
    def key_fields(self) -> list[forms.BoundField]:
        return [self[command] for command in COMMANDS]
