"""Where a page of a list begins."""

from __future__ import annotations

from django import forms

LARGEST_ID = 2**63 - 1


class CursorForm(forms.Form):
    """The id that the page follows, or that it comes before."""

    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput)


class UptoForm(forms.Form):
    """The newest row that was on the page."""

    upto = forms.IntegerField(min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput)
