"""What comes with a reviewer's decision."""

from __future__ import annotations

from django import forms

from annotation.workflow.reviewing import COMMENT_LENGTH

LARGEST_VERSION = 2**31 - 1


class ResolutionForm(forms.Form):
    """`version` is the item's version that the reviewer saw."""

    version = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION)
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH)
