"""Which of one's own answers to look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .paging import CursorForm


class MyAnswersForm(CursorForm):
    """What cannot be read asks for nothing: a list with one filter less is better than an error page."""

    show = forms.ChoiceField(
        label=_("Show"), required=False, choices=[("", _("Answered")), ("skipped", _("Skipped"))], widget=forms.Select
    )
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    flagged = forms.BooleanField(label=_("Flagged by me"), required=False)

    @property
    def shows_skips(self) -> bool:
        return self.cleaned_data.get("show") == "skipped"

    @property
    def cursor(self) -> dict[str, int | None]:
        return {"after": self.cleaned_data.get("after"), "before": self.cleaned_data.get("before")}

    @property
    def query(self) -> dict[str, Any]:
        """What is chosen, for the addresses of the neighbouring pages."""
        day = self.cleaned_data.get("day")
        chosen = {
            "show": self.cleaned_data.get("show"),
            "day": day.isoformat() if day else "",
            "flagged": "on" if self.cleaned_data.get("flagged") else "",
        }
        return {name: value for name, value in chosen.items() if value}
