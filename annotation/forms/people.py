"""Who joins a project, as what, and on which terms they work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotation.models import Role
from annotation.workflow.inviting import MOST_DAYS, MOST_USES, NOTE_LENGTH, Offer
from annotation.workflow.people import MOST_A_DAY, MOST_WEIGHT, Terms

ROLES = [
    (Role.ANNOTATOR, _("Annotator: answers")),
    (Role.REVIEWER, _("Reviewer: answers, and decides what is disputed")),
    (Role.MANAGER, _("Manager: everything")),
]
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class MemberForm(forms.Form):
    """For somebody who has an account, or, in an administrator's hands, for somebody who gets one."""

    username = forms.CharField(label=_("Username"), max_length=150, widget=forms.TextInput(attrs=PLAIN))
    role = forms.ChoiceField(label=pgettext_lazy("in a project", "Role"), choices=ROLES)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=pgettext_lazy("in a project", "Role"), choices=Role.choices)


class InvitationForm(forms.Form):
    """A link for people who have an account, and for people who have none."""

    role = forms.ChoiceField(label=pgettext_lazy("in a project", "Role"), choices=ROLES)
    uses = forms.IntegerField(
        label=_("How many people"),
        min_value=1,
        max_value=MOST_USES,
        initial=1,
        help_text=_("The link stops working after so many have joined."),
    )
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=MOST_DAYS, initial=7)
    note = forms.CharField(
        label=_("Whom it is for"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("A name or an address, for your own list. Nothing is sent."),
    )

    @property
    def offer(self) -> Offer:
        """As `invite` takes it. Call on a valid form."""
        given = self.cleaned_data
        return Offer(given["role"], given["uses"], given["days"], given["note"])


class JoinForm(forms.Form):
    """An account for somebody who follows an invitation."""

    username = forms.CharField(
        label=_("Choose a user name"),
        max_length=150,
        widget=forms.TextInput(attrs={**PLAIN, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, and not only digits."),
    )


class TermsForm(forms.Form):
    """What a member is given, and how much their answers count."""

    weight = forms.FloatField(
        label=_("Weight of their answers"),
        min_value=0,
        max_value=MOST_WEIGHT,
        help_text=_("1 is everybody’s. With 0 their answers are kept and count nothing."),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    daily_cap = forms.IntegerField(
        label=_("Answers a day at most"),
        required=False,
        min_value=1,
        max_value=MOST_A_DAY,
        help_text=_("Empty for as many as they like. Days begin at midnight UTC."),
    )
    paused = forms.BooleanField(
        label=_("Paused"), required=False, help_text=_("They are given nothing until you take this away.")
    )
    assigned_only = forms.BooleanField(
        label=_("Only what is assigned to them"),
        required=False,
        help_text=_("Nothing from the queue; assign items to them in the list of items."),
    )

    @classmethod
    def of(cls, terms: Terms) -> TermsForm:
        return cls(
            initial={
                "weight": f"{terms.weight:g}",
                "daily_cap": terms.daily_cap,
                "paused": terms.paused,
                "assigned_only": terms.assigned_only,
            }
        )

    def terms(self, role: str) -> Terms:
        """As `change_terms` takes them. Call on a valid form."""
        given: dict[str, Any] = self.cleaned_data
        return Terms(role, given["weight"], given["daily_cap"], given["paused"], given["assigned_only"])
