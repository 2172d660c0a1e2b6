"""Where webhooks go, and what each of them hears of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import PROJECT_EVENTS, Webhook


class WebhookForm(forms.ModelForm):
    """What an address may be is for the verb to say; the secret is made, not entered."""

    class Meta:
        model = Webhook
        fields = ("name", "url", "active")
        labels = {"name": _("Name"), "url": _("Address"), "active": _("Active")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # A disabled field keeps its value whatever is posted.
            self.fields["name"].disabled = True


class SubscriptionsForm(forms.Form):
    """One group of checkboxes per target."""

    def __init__(self, *args: Any, targets: Sequence[tuple[Webhook, list[str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = targets
        for webhook, events in targets:
            self.fields[f"webhook-{webhook.pk}"] = forms.MultipleChoiceField(
                label=webhook.name,
                required=False,
                choices=[(kind.value, kind.label) for kind in PROJECT_EVENTS],
                initial=events,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def chosen(self) -> Iterator[tuple[Webhook, list[str]]]:
        for webhook, _events in self.targets:
            yield webhook, self.cleaned_data[f"webhook-{webhook.pk}"]

    @property
    def rows(self) -> list[tuple[Webhook, forms.BoundField]]:
        return [(webhook, self[f"webhook-{webhook.pk}"]) for webhook, _events in self.targets]
