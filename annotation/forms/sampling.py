"""Which items to look at."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Project

from .paging import LARGEST_ID

MOST = 10
WAYS = [("first", _("The first ones")), ("random", _("Some by chance")), ("ids", _("These:"))]


class SampleForm(forms.Form):
    """Bound to anything: what is missing gets its default."""

    pick = forms.ChoiceField(label=_("Items"), choices=WAYS, initial="random", required=False)
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=LARGEST_ID,
        initial=1,
        help_text=_("The same seed, the same items."),
    )
    ids = forms.CharField(
        label=_("Their numbers"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "12, 40, 77"}),
    )

    def __init__(self, *args: object, project: Project, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.project = project

    def clean_ids(self) -> list[int]:
        """Item numbers of this project, in order, at most MOST."""
        parts = [part for part in re.split(r"[\s,;]+", self.cleaned_data["ids"]) if part]
        if not all(part.isascii() and part.isdigit() and int(part) <= LARGEST_ID for part in parts):
            raise forms.ValidationError(_("Give the numbers of items, such as “12, 40, 77”."))
        numbers = list(dict.fromkeys(int(part) for part in parts))[:MOST]
        known = set(self.project.items.filter(pk__in=numbers).values_list("pk", flat=True))
        if unknown := [number for number in numbers if number not in known]:
            raise forms.ValidationError(_("This project has no item %(unknown)s.") % {"unknown": unknown[0]})
        return numbers

    @property
    def seed_chosen(self) -> int | None:
        """None where the first items are wanted. Call on a valid form, as `ids_chosen`."""
        seed = self.cleaned_data.get("seed")
        return None if self.cleaned_data.get("pick") == "first" else 1 if seed is None else seed

    @property
    def ids_chosen(self) -> list[int]:
        return self.cleaned_data["ids"] if self.cleaned_data.get("pick") == "ids" else []
