"""What comes with an answer, and why an item is skipped or flagged."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, gettext_noop

DAY = 86_400.0
OTHER = "other"
# Recorded in English, whatever language the buttons have: reviewers read what everybody wrote.
REASONS = {
    "unsure": gettext_noop("I am not sure"),
    "no_option_fits": gettext_noop("No option fits"),
    "unreadable": gettext_noop("The text is broken or unreadable"),
    "language": gettext_noop("Not a language I read"),
    OTHER: gettext_noop("Another reason"),
}
BUTTONS = [(value, gettext_lazy(sentence)) for value, sentence in REASONS.items() if value != OTHER]

FLAG_REASONS = {
    "wrong": gettext_noop("The item is broken or does not belong here"),
    "guidelines": gettext_noop("The guidelines do not cover it"),
    "sensitive": gettext_noop("Private or harmful content"),
}
FLAG_BUTTONS = [(value, gettext_lazy(sentence)) for value, sentence in FLAG_REASONS.items()]
LARGEST_ID = 2**63 - 1


class LeaseForm(forms.Form):
    """Which of a person's own leases they want to see."""

    lease = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class VersionForm(forms.Form):
    """Which version of the guidelines somebody has read."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class DeskForm(forms.Form):
    """What the page holds: the lease on its screen, and the one that it keeps ready."""

    shown = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    ahead = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


class SubmissionForm(forms.Form):
    """Beside the answers: what makes a repeated request harmless, and how long it took."""

    idempotency_key = forms.CharField(required=False, max_length=100)
    seconds = forms.FloatField(required=False, min_value=0, max_value=DAY)

    @property
    def seconds_spent(self) -> float | None:
        """None where the browser did not measure, or measured nonsense: an answer is worth more than its time."""
        return self.cleaned_data.get("seconds")


class SkipForm(forms.Form):
    """`reason` is one of the buttons; `other` is free text."""

    reason = forms.ChoiceField(choices=list(REASONS.items()), required=False)
    other = forms.CharField(required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        reason, other = cleaned.get("reason", ""), cleaned.get("other", "").strip()
        # Enter in the text field presses the first button; what was typed says more than that.
        cleaned["sentence"] = other or (REASONS[reason] if reason else "")
        return cleaned

    @property
    def sentence(self) -> str:
        """As it is recorded and shown to reviewers."""
        return self.cleaned_data.get("sentence", "")


class FlagForm(forms.Form):
    """`reason` is one of the buttons; `other` is free text, and says more than a button."""

    reason = forms.ChoiceField(choices=[*FLAG_BUTTONS, (OTHER, REASONS[OTHER])], required=False)
    other = forms.CharField(required=False, max_length=500)

    @property
    def sentence(self) -> str:
        """As it is recorded; empty where nothing was said."""
        reason, other = self.cleaned_data.get("reason", ""), self.cleaned_data.get("other", "").strip()
        return other or FLAG_REASONS.get(reason, "")
