"""Which language model works, and what that may cost."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotation.llms import BACK_ENDS
from annotation.models import Connection

LOCAL = "local"
TITLES = {LOCAL: _("The bundled model, on this machine"), "scripted": _("Scripted answers, for trying things out")}


def language_models() -> list[tuple[str, str]]:
    """(name, title) of those that write and score: of this machine, then of the connections."""
    own = [(name, str(TITLES.get(name, name))) for name in BACK_ENDS if name != "scripted" or settings.DEBUG]
    return [*own, *((each.name, f"{each.name}: {each.model}") for each in Connection.objects.language_models())]


def budget_field() -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Stop before it costs more than"),
        required=False,
        max_digits=12,
        decimal_places=6,
        help_text=_("In the currency of the connection's prices. Empty: no limit."),
    )
