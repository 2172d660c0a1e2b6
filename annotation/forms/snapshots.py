"""What to freeze, and in which format."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.exchange import FORMATS
from annotation.models import Stage

SETTLED, EVERYTHING = "settled", "everything"
WHAT = [(SETTLED, _("Settled items only")), (EVERYTHING, _("Every item; what is not settled has no label yet"))]


class SnapshotForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=[(name, kind.title) for name, kind in FORMATS.items()])
    items = forms.ChoiceField(label=_("Items"), choices=WHAT, initial=SETTLED, widget=forms.RadioSelect)

    @property
    def filters(self) -> dict[str, Any]:
        """As `request_snapshot` takes them. Call on a valid form."""
        return {"stage": [str(Stage.SETTLED)]} if self.cleaned_data["items"] == SETTLED else {}
