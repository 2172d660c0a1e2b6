"""The design of a project on one page: its fields and questions as rows that come, go and change places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Lifecycle
from annotation.questions import FIELD_TYPES, TYPES, InvalidQuestion, check_fields, parse_questions
from annotation.workflow.projects import Definition

from .option_lines import HELP, LinesField, NumberLabelsField, OptionLinesField, number_lines, option_lines
from .projects import BLIND_HELP, OVERLAP_HELP, GuidelinesField, question_name

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_ROWS = 100
# “Field 2 …”, “Question 3 …”, in whatever language.
NUMBERED = re.compile(r"\w+ (\d+)\b")
# What the settings of question types are called; one that is missing here is called by its key.
SETTINGS: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    "at_least": (_("At least"), _("How many must be chosen. Empty: one where an answer is required.")),
    "at_most": (_("At most"), _("0 or empty: as many as there are.")),
    "min": (_("From"), ""),
    "max": (_("To"), _("At most 100 steps.")),
    "labels": (_("What the numbers mean"), _("One per line, such as “1: poor”. Some of them are enough.")),
    "ties": (_("Two may share a place"), ""),
    "field": (
        _("Field"),
        _("Which field it is about: where spans lie, or the text to correct. Empty: the first that fits."),
    ),
    "overlap": (_("Spans may overlap"), ""),
    "tokens": (_("Selections grow to whole words"), ""),
    "max_length": (_("Longest answer"), _("In characters.")),
}
LISTING = " ".join(name for name, kind in TYPES.items() if kind.lists_options)


class FieldForm(forms.Form):
    """One field that an item shows."""

    name = forms.CharField(
        label=_("Name in the data"), max_length=63, widget=forms.TextInput(attrs={"spellcheck": "false"})
    )
    type = forms.ChoiceField(label=_("Shown as"), choices=[(name, _(kind.title)) for name, kind in FIELD_TYPES.items()])
    title = forms.CharField(label=_("Title"), max_length=200, required=False)

    @property
    def definition(self) -> dict[str, str]:
        return {key: self.cleaned_data[key] for key in ("name", "type", "title")}


class QuestionForm(forms.Form):
    """One question with the settings of every type; those of other types than its own are ignored."""

    title = forms.CharField(label=_("Question"), max_length=2_000, widget=forms.TextInput())
    type = forms.ChoiceField(
        label=_("Type"),
        choices=[(name, _(kind.title)) for name, kind in TYPES.items()],
        widget=forms.Select(attrs={"data-type-of-question": ""}),
    )
    name = forms.CharField(
        label=_("Name in the data"), max_length=63, required=False, help_text=_("Empty: made from the question."),
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )  # fmt: skip
    description = forms.CharField(
        label=_("Explanation"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    options = OptionLinesField(label=_("Options"), required=False, help_text=HELP)
    required = forms.BooleanField(label=_("An answer is required"), required=False, initial=True)
    when_question = forms.CharField(
        label=_("Ask only after the question named"), max_length=63, required=False,
        help_text=_("By its name in the data. Empty: always asked."),
    )  # fmt: skip
    when_is = LinesField(label=_("… where its answer is one of"), required=False, help_text=_("One option per line."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.settings = {key: _setting_field(key) for kind in TYPES.values() for key in kind.settings}
        self.fields |= self.settings

    @property
    def setting_rows(self) -> list[tuple[forms.BoundField, str]]:
        """The settings, each with the types that have it."""
        kinds = {key: " ".join(name for name, kind in TYPES.items() if key in kind.settings) for key in self.settings}
        return [(self[key], kinds[key]) for key in self.settings]

    @property
    def listing(self) -> str:
        """The types whose options are listed."""
        return LISTING

    @property
    def definition(self) -> dict[str, Any]:
        """As a project stores it, not checked yet. Call on a valid form."""
        given, kind = self.cleaned_data, TYPES[self.cleaned_data["type"]]
        definition = {key: given[key] for key in ("type", "title", "description", "required")}
        definition["name"] = given["name"] or question_name(given["title"])
        # Nothing typed means the type's own default.
        definition |= {key: given[key] for key in kind.settings if given[key] not in (None, "")}
        if kind.lists_options:
            definition["options"] = given["options"]
        if given["when_question"]:
            definition["when"] = {"question": given["when_question"], "is": given["when_is"]}
        return definition


class DesignForm(forms.Form):
    """What is asked once."""

    name = forms.CharField(label=_("Name of the project"), max_length=200)
    lifecycle = forms.ChoiceField(
        label=_("What the dataset is for"), choices=Lifecycle.choices, initial=Lifecycle.FINE_TUNING
    )
    guidelines = GuidelinesField(rows=10)
    overlap = forms.IntegerField(
        label=_("People per item"), min_value=1, max_value=50, initial=1, help_text=OVERLAP_HELP
    )
    blind_first = forms.BooleanField(
        label=_("Show suggestions only after the answer"), required=False, help_text=BLIND_HELP
    )


FieldFormSet = forms.formset_factory(FieldForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
QuestionFormSet = forms.formset_factory(QuestionForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
NEW_FIELD: dict[str, Any] = {"name": "", "type": "text"}
NEW_QUESTION: dict[str, Any] = {"type": "choice", "required": True}


@dataclass(slots=True)
class Design:
    """The page's forms together: from a schema to adapt, or as they were posted."""

    main: DesignForm
    fields: Any
    questions: Any
    error: str = ""

    @classmethod
    def of(
        cls, main: Mapping[str, Any], fields: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]
    ) -> Design:
        """To be filled in or adapted; nothing is checked yet."""
        return cls(
            DesignForm(initial=dict(main)),
            FieldFormSet(initial=list(fields), prefix="fields"),
            QuestionFormSet(initial=[question_row(each) for each in questions], prefix="questions"),
        )

    @classmethod
    def posted(cls, data: Mapping[str, Any]) -> Design:
        return cls(DesignForm(data), FieldFormSet(data, prefix="fields"), QuestionFormSet(data, prefix="questions"))

    @classmethod
    def changed(cls, data: Mapping[str, Any], action: str) -> Design:
        """What was posted with a row more, one less, or two of them in each other's place; not checked."""
        rows = {"field": _rows(data, "fields", FieldForm), "question": _rows(data, "questions", QuestionForm)}
        verb, _, place = action.partition(":")
        doing, _, noun = verb.partition("-")
        if noun in rows:
            _change(
                rows[noun],
                doing,
                int(place) if place.isdecimal() else 0,
                NEW_FIELD if noun == "field" else NEW_QUESTION,
            )
        main = {name: _value(data, name, field) for name, field in DesignForm.base_fields.items()}
        return cls(
            DesignForm(initial=main),
            FieldFormSet(initial=rows["field"], prefix="fields"),
            QuestionFormSet(initial=rows["question"], prefix="questions"),
        )

    @property
    def schema(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Fields and questions. Call on valid rows."""
        return [form.definition for form in self.fields], [form.definition for form in self.questions]

    @property
    def definition(self) -> Definition:
        given = self.main.cleaned_data
        fields, questions = self.schema
        policy = {"overlap": given["overlap"], "blind_first": given["blind_first"]}
        return Definition(given["name"], fields, questions, given["guidelines"], policy, given["lifecycle"])

    def is_valid(self) -> bool:
        """Everything, each fault shown where it is."""
        whole = [self.main.is_valid(), self.rows_are_valid()]
        return all(whole)

    def rows_are_valid(self) -> bool:
        """Fields and questions alone: what a preview needs."""
        if not all([self.fields.is_valid(), self.questions.is_valid()]):
            self.error = " ".join([*self.fields.non_form_errors(), *self.questions.non_form_errors()])
            return False
        fields, questions = self.schema
        try:
            checked = check_fields(fields)
        except InvalidQuestion as error:
            self._show(self.fields, fields, str(error))
            return False
        valid = True
        for form, definition in zip(self.questions, questions, strict=True):
            alone = {key: value for key, value in definition.items() if key != "when"}
            try:
                parse_questions([alone], checked)
            except InvalidQuestion as error:
                form.add_error("options" if "option" in str(error) and "options" in definition else None, str(error))
                valid = False
        if not valid:
            return False
        try:
            parse_questions(questions, checked)
        except InvalidQuestion as error:
            self._show(self.questions, questions, str(error))
            return False
        return True

    def first_fault(self) -> str:
        """What is wrong, in a sentence, for whoever does not look at the forms."""
        found = [
            f"{form.fields[name].label}: {messages[0]}" if name in form.fields else messages[0]
            for form in (*self.fields, *self.questions)
            for name, messages in form.errors.items()
        ]
        return (found or [self.error])[0]

    def _show(self, rows: Any, definitions: Sequence[Mapping[str, Any]], message: str) -> None:
        """At the row that the message names; at the page's head where it names none."""
        numbered = NUMBERED.match(message)
        places = {message.find(f"“{each['name']}”"): place for place, each in enumerate(definitions)}
        named = [places[at] for at in sorted(places) if at >= 0] or ([int(numbered[1]) - 1] if numbered else [])
        if named:
            rows[named[0]].add_error(None, message)
        else:
            self.error = message


def question_row(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A stored question as `QuestionForm` shows it."""
    row = {**definition, "options": option_lines(definition.get("options", []))}
    row["labels"] = number_lines(definition.get("labels") or {})
    if when := definition.get("when"):
        row |= {"when_question": when["question"], "when_is": "\n".join(when["is"])}
    return {key: value for key, value in row.items() if value is not None} | {
        "required": definition.get("required", True)
    }


def _setting_field(key: str) -> forms.Field:
    default = next(kind.settings[key] for kind in TYPES.values() if key in kind.settings)
    label, help_text = SETTINGS.get(key, (key.replace("_", " ").capitalize(), ""))
    shared: dict[str, Any] = {"label": label, "help_text": help_text, "required": False}
    if isinstance(default, bool):
        return forms.BooleanField(**shared, initial=default)
    if isinstance(default, dict):
        return NumberLabelsField(**shared)
    if isinstance(default, str):
        return forms.CharField(**shared, max_length=63)
    return forms.IntegerField(**shared, initial=default)


def _rows(data: Mapping[str, Any], prefix: str, form: type[forms.Form]) -> list[dict[str, Any]]:
    """What was typed, row by row, right or wrong."""
    total = str(data.get(f"{prefix}-TOTAL_FORMS", "0"))
    count = min(int(total), MOST_ROWS) if total.isdecimal() else 0
    fields = form().fields
    return [
        {name: _value(data, f"{prefix}-{number}-{name}", field) for name, field in fields.items()}
        for number in range(count)
    ]


def _value(data: Mapping[str, Any], name: str, field: forms.Field) -> Any:
    return name in data if isinstance(field, forms.BooleanField) else data.get(name, "")


def _change(rows: list[dict[str, Any]], doing: str, place: int, fresh: Mapping[str, Any]) -> None:
    if doing == "add" and len(rows) < MOST_ROWS:
        rows.append(dict(fresh))
    elif doing == "remove" and place < len(rows) > 1:
        del rows[place]
    elif doing == "up" and 0 < place < len(rows):
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
