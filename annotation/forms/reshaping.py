"""What the page of a project's questions asks: each form makes a change as `change_questions` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotation.questions import COLORS, TYPES, Question

from .designing import QuestionForm
from .option_lines import HELP, OptionLinesField

SPARE_ROWS = 2
LAST = 1_000
TEXT = forms.TextInput(attrs={"spellcheck": "false"})


class OptionRowForm(forms.Form):
    """One option as it is, or a new one; rows without a value are passed over."""

    was = forms.CharField(required=False, widget=forms.HiddenInput())
    place = forms.IntegerField(label=_("Place"), min_value=1, max_value=999, required=False)
    value = forms.CharField(label=_("Value"), max_length=200, required=False, widget=TEXT)
    title = forms.CharField(label=_("Title"), max_length=2_000, required=False)
    description = forms.CharField(label=_("What it means"), max_length=2_000, required=False)
    color = forms.ChoiceField(
        label=_("Colour"), choices=[("", "–"), *((each, each) for each in COLORS)], required=False
    )
    hotkey = forms.CharField(label=pgettext_lazy("of the keyboard", "Key"), max_length=1, required=False)
    retired = forms.BooleanField(label=_("Retired"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("was") and not given.get("value"):
            self.add_error("value", _("An option that exists keeps a value; retire it instead."))
        return given


OptionRows = forms.formset_factory(OptionRowForm, extra=SPARE_ROWS, max_num=300, absolute_max=300)


class MergeForm(forms.Form):
    """Several options become one."""

    options = forms.MultipleChoiceField(label=_("Merge"), widget=forms.CheckboxSelectMultiple)
    value = forms.CharField(
        label=_("Into"), max_length=200, help_text=_("A new value, or one of those you merge."), widget=TEXT
    )
    title = forms.CharField(label=_("Its title"), max_length=2_000, required=False)

    def __init__(self, question: Question, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(option.value, option.title) for option in question.options]
        self.fields["options"].choices = choices  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """One option becomes several; who chose it is asked again."""

    option = forms.ChoiceField(label=pgettext_lazy("to do", "Split"))
    into = OptionLinesField(label=_("Into"), help_text=HELP)

    def __init__(self, question: Question, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["option"].choices = [  # type: ignore[attr-defined]
            (option.value, option.title) for option in question.offered
        ]


class ChangeQuestionForm(QuestionForm):
    """A question but for its name, type and options."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for fixed in ("name", "type", "options"):
            self.fields[fixed].required = False

    def change(self, question: Mapping[str, Any]) -> dict[str, Any]:
        given = self.cleaned_data
        settings = TYPES[question["type"]].settings
        when = {"question": given["when_question"], "is": given["when_is"]} if given["when_question"] else None
        change = {key: given[key] for key in ("title", "description", "required")}
        change |= {key: given[key] for key in settings if given[key] not in (None, "")}
        return {"kind": "change_question", "question": question["name"], **change, "when": when}


def edited_options(question: str, rows: Any) -> dict[str, Any]:
    """The change that valid `OptionRows` ask for. Of two at one place, the one that was moved there comes first."""
    given = [(form.cleaned_data, form.initial.get("place")) for form in rows if form.cleaned_data.get("value")]
    given.sort(key=lambda row: (row[0]["place"] or LAST, row[0]["place"] == row[1]))
    listed = [row for row, _ in given]
    keys = ("value", "title", "description", "color", "hotkey", "retired")
    options = [
        {**{key: row[key] for key in keys if row[key]}, **({"was": row["was"]} if row["was"] else {})} for row in listed
    ]
    return {"kind": "edit_options", "question": question, "options": options}


def option_rows(question: Question) -> list[dict[str, Any]]:
    """The options as `OptionRows` shows them."""
    return [
        {
            "was": option.value,
            "place": place,
            "value": option.value,
            "title": option.title if option.title != option.value else "",
            "description": option.description,
            "color": option.color,
            "hotkey": option.hotkey,
            "retired": option.retired,
        }
        for place, option in enumerate(question.options, 1)
    ]
