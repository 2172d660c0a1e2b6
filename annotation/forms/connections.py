"""What an administrator says about a connection."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Connection, User
from annotation.workflow.connecting import Settings, add_connection, change_connection, check_connection
from annotation.workflow.errors import Refused

LABELS = {
    "name": _("Name"),
    "kind": _("What it is"),
    "base_url": _("Address"),
    "model": _("Model"),
    "concurrency": _("At a time"),
    "deadline": _("Deadline"),
    "price_in": _("Price of reading"),
    "price_out": _("Price of writing"),
    "active": _("Active"),
}


class ConnectionForm(forms.ModelForm):
    """The key can be written and never read: left empty, it stays as it is."""

    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Kept encrypted and never shown. Empty: unchanged. For an ML back end with a password: name:password."
        ),
    )
    forget_key = forms.BooleanField(label=_("Remove the key"), required=False)

    class Meta:
        model = Connection
        fields = list(LABELS)
        labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # A disabled field keeps its value whatever is posted.
            self.fields["name"].disabled = self.fields["kind"].disabled = True
        if not self.instance.sealed_key:
            del self.fields["forget_key"]
            self.fields["key"].help_text = _(
                "Kept encrypted and never shown. Empty for a server that wants none. For an ML back end with a "
                "password: name:password."
            )

    @property
    def entered_key(self) -> str | None:
        """As the verbs take it: None keeps it, empty removes it."""
        return self.cleaned_data.get("key") or ("" if self.cleaned_data.get("forget_key") else None)

    @property
    def settings(self) -> Settings:
        return Settings(**{field.name: self.cleaned_data[field.name] for field in fields(Settings)})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            # As the row stands in the database: the form's instance takes the new values later.
            stored = Connection.objects.filter(pk=self.instance.pk).first()
            try:
                check_connection(stored, self.settings, key=self.entered_key)
            except Refused as refusal:
                self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
        return cleaned

    def commit(self, *, by: User) -> Connection:
        """Add or change the connection. Call on a valid form; raises Refused."""
        stored = Connection.objects.filter(pk=self.instance.pk).first()
        if stored is None:
            return add_connection(self.settings, key=self.entered_key or "", by=by)
        return change_connection(stored, self.settings, key=self.entered_key, by=by)
