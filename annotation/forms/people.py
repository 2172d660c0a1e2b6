"""Who joins a project, and as what."""

from __future__ import annotations

from django import forms

from annotation.models import Role

ROLES = [
    (Role.ANNOTATOR, "Annotator: answers"),
    (Role.REVIEWER, "Reviewer: answers, and decides what is disputed"),
    (Role.MANAGER, "Manager: everything"),
]


class MemberForm(forms.Form):
    """For somebody who has an account, or, in an administrator's hands, for somebody who gets one."""

    username = forms.CharField(
        label="Username",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    role = forms.ChoiceField(label="Role", choices=ROLES)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)
