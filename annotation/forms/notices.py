"""What a member is told of a project."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Digest, Membership, NotificationKind
from annotation.workflow.notifying import kinds_for

WHEN = {
    NotificationKind.MENTIONED: _("Somebody mentions you"),
    NotificationKind.COMMENTED: _("Somebody comments on an item that you commented on"),
    NotificationKind.FLAG_CLEARED: _("Somebody clears a flag of yours"),
    NotificationKind.DECIDED: _("A reviewer decides otherwise than you did"),
    NotificationKind.RETURNED: _("A reviewer returns an answer of yours"),
    NotificationKind.QUEUE_EMPTY: _("Nothing is left to answer"),
    NotificationKind.AGREEMENT_FELL: _("People agree less than before"),
    NotificationKind.RUN_FAILED: _("A run of a model or a recipe fails, or an experiment"),
    NotificationKind.LICENSED: _("Audits prove that models may settle items alone"),
    NotificationKind.LICENCE_REVOKED: _("Models lose the licence to settle items alone"),
    NotificationKind.WEBHOOK_FAILED: _("A webhook could not be delivered for a day"),
}


class NoticesForm(forms.Form):
    """How often a digest comes, and a checkbox per kind that this member can be told of."""

    digest = forms.ChoiceField(
        label=_("Digest"),
        choices=Digest.choices,
        widget=forms.RadioSelect,
        help_text=_("What was done, what waits and how good it is, in your inbox. None where nobody did anything."),
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds_for(membership)
        self.initial["digest"] = membership.digest
        for kind in self.kinds:
            self.fields[kind.value] = forms.BooleanField(
                label=WHEN[kind], required=False, initial=kind not in membership.muted
            )

    @property
    def told(self) -> dict[str, bool]:
        return {kind.value: self.cleaned_data[kind.value] for kind in self.kinds}

    @property
    def kind_fields(self) -> list[forms.BoundField]:
        return [self[kind.value] for kind in self.kinds]
