"""What comes with an answer, and why an item is skipped."""

from __future__ import annotations

from typing import Any

from django import forms

DAY = 86_400.0
OTHER = "other"
REASONS = {
    "unsure": "I am not sure",
    "no_option_fits": "No option fits",
    "unreadable": "The text is broken or unreadable",
    "language": "Not a language I read",
    OTHER: "Another reason",
}
BUTTONS = [(value, sentence) for value, sentence in REASONS.items() if value != OTHER]


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
