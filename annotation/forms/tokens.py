"""What a new API token may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Project, Scope, User
from annotation.models.token_grant import NAME_LENGTH
from annotation.workflow.tokens import MOST_DAYS

LISTED = 100
SCOPES = [
    (Scope.READ, _("Read: looks at what you may look at, and changes nothing")),
    (Scope.ANNOTATE, _("Annotate: answers, comments, flags and reviews in your name, too")),
    (Scope.MANAGE, _("Manage: everything that you may do")),
]


class TokenForm(forms.Form):
    """A name, a scope, an end, and which projects; how many there may be is for the verb to say."""

    name = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("So that you know later which one to revoke."),
    )
    scope = forms.ChoiceField(label=_("What it may do"), choices=SCOPES, initial=Scope.READ, widget=forms.RadioSelect)
    days = forms.IntegerField(label=_("Days until it expires"), min_value=1, max_value=MOST_DAYS, initial=90)
    projects = forms.MultipleChoiceField(
        label=_("Only these projects"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all your projects, those to come included."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Project.objects.visible_to(user).order_by("-pk").values_list("slug", "name")[:LISTED]
        self.fields["projects"].choices = list(mine)  # type: ignore[attr-defined]
        if not mine:
            del self.fields["projects"]
