"""Which items to list, in which order, with which columns; and what to do with many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotation.models import Annotator, DecidedBy, Labeler, Project, Source, Stage
from annotation.models.filters import (
    MANAGERS_ONLY,
    MATCHES,
    MEANING_LENGTH,
    NAMING,
    ORDERS,
    PARAMETERS,
    REASONS,
    SEARCH_LENGTH,
    Filters,
    InvalidFilter,
    clean_order,
    parse_filters,
)
from annotation.questions import type_of
from annotation.questions.speech import number

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

YES_NO = [("", _("Either")), ("yes", _("Yes")), ("no", _("No"))]
COLUMNS = {
    "stage": _("Stage"),
    "label": _("Label"),
    "people": _("People"),
    "models": _("Models"),
    "sure": _("How sure"),
    "disagreement": _("Disagreement"),
    "priority": _("Priority"),
    "imported": _("Came in"),
    "settled": _("Settled"),
    "split": _("Split"),
    "source": _("Source"),
    "metadata": _("Metadata"),
}
DEFAULT_COLUMNS = ["stage", "label", "people", "models"]
COMPARISON = ("labeler", "question", "people", "model")
ANNOTATORS = 500


class Day(forms.DateInput):
    input_type = "date"


def _select(label: StrOrPromise, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", _("Any")), *choices])


def _day(label: StrOrPromise) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=10, widget=Day({"class": "day"}))


def _share(label: StrOrPromise, help_text: str = "") -> forms.CharField:
    widget = forms.NumberInput(attrs={"min": 0, "max": 1, "step": "any", "inputmode": "decimal"})
    return forms.CharField(label=label, required=False, max_length=20, widget=widget, help_text=help_text)


def _number(label: StrOrPromise, help_text: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "numeric"})
    return forms.CharField(label=label, required=False, max_length=20, widget=widget, help_text=help_text)


class ItemFilterForm(forms.Form):
    """The filters of `models/filters`, which alone says what is one, and how the list is to look.

    Nothing else in the address reaches the database.
    """

    search = forms.CharField(label=_("Search"), required=False, max_length=SEARCH_LENGTH, strip=False)
    match = forms.ChoiceField(label=_("Match"), required=False, choices=list(MATCHES.items()))
    near = forms.CharField(label=_("By meaning"), required=False, max_length=MEANING_LENGTH)
    like = forms.CharField(label=_("Like item"), required=False, max_length=20, widget=forms.HiddenInput)
    stage = _select(_("Stage"), Stage.choices)
    label = _select(_("Label"), [])
    decided_by = _select(_("Decided by"), DecidedBy.choices)
    sure_from = _share(_("Sure, from"))
    sure_to = _share(_("to"))
    disagreement = _share(_("Disagreement, from"))
    answered_by = _select(_("Answered by"), [])
    not_answered_by = _select(_("Not answered by"), [])
    metadata = forms.CharField(
        label=_("Metadata"), required=False, widget=forms.TextInput({"placeholder": "key=value"})
    )
    split = forms.CharField(label=_("Split"), required=False)
    source = _select(_("Source"), Source.choices)
    imported_from = _day(_("Came in, from"))
    imported_to = _day(_("to"))
    settled_from = _day(_("Settled, from"))
    settled_to = _day(_("to"))
    answered_from = _day(_("Answered, from"))
    answered_to = _day(_("to"))
    parent = _number(_("Made from item"))
    child = _number(_("Became item"))
    flagged = forms.ChoiceField(label=_("Flagged"), required=False, choices=YES_NO)
    audit = forms.ChoiceField(label=_("Audit"), required=False, choices=YES_NO)
    gold = forms.ChoiceField(label=_("Gold"), required=False, choices=YES_NO)
    reason = _select(_("In review because"), list(REASONS.items()))
    order = forms.ChoiceField(label=_("Order"), required=False, choices=list(ORDERS.items()))
    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, choices=list(COLUMNS.items()), widget=forms.CheckboxSelectMultiple
    )
    after = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    # A cell of a model's confusion with people: items that people call one thing and the model another.
    labeler = forms.ModelChoiceField(Labeler.objects.none(), required=False, widget=forms.HiddenInput)
    question = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    people = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)
    model = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, may_manage: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: Any = self.data
        if self.is_bound and not asked.getlist("columns"):
            # Ticked as they are shown, so that ticking one more adds it.
            self.data = asked = asked.copy()
            asked.setlist("columns", DEFAULT_COLUMNS)
        self.project, self.may_manage = project, may_manage
        self.filters = Filters()
        self._offer()

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields behind “Filters”."""
        shown = [name for name in PARAMETERS if name not in ("search", "match")]
        return [self[name] for name in shown if name in self.fields]

    @property
    def chosen_order(self) -> str:
        return self.cleaned_data.get("order") or "oldest"

    @property
    def chosen_columns(self) -> list[str]:
        asked = self.cleaned_data.get("columns") or DEFAULT_COLUMNS
        return [name for name in COLUMNS if name in asked]

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters.asked or any(self.cleaned_data.get(name) for name in ("near", "like", "labeler")))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asked = {name: self.data.get(self.add_prefix(name), "") for name in PARAMETERS if name not in self.errors}
        try:
            self.filters = parse_filters(asked, self.project, may_manage=self.may_manage)
            clean_order(self.data.get(self.add_prefix("order"), ""))
        except InvalidFilter as error:
            for name, message in error.errors.items():
                self.add_error(name if name in self.fields else None, message)
        if cleaned.get("like") and not (cleaned["like"].isascii() and cleaned["like"].isdigit()):
            self.add_error("like", _("This is a number."))
        for name in ("search", "near"):
            if "\0" in (cleaned.get(name) or ""):
                self.add_error(name, _("This contains a NUL character."))
        if cleaned.get("labeler") and not cleaned.get("question") and "question" not in self.errors:
            self.add_error("question", _("Name the question on which this model is compared with people."))
        return cleaned

    def query(self, **changed: Any) -> str:
        """The address's query of this view; `changed`: parameters to set, or to leave out where they are None."""
        asked: dict[str, Any] = dict(self.filters.asked)
        cleaned = self.cleaned_data
        asked |= {name: cleaned[name] for name in ("near", "like", *COMPARISON) if cleaned.get(name)}
        if cleaned.get("labeler"):
            asked["labeler"] = cleaned["labeler"].pk
        if self.chosen_order != "oldest":
            asked["order"] = self.chosen_order
        if self.chosen_columns != DEFAULT_COLUMNS:
            asked["columns"] = self.chosen_columns
        asked |= changed
        return urlencode({name: value for name, value in asked.items() if value not in (None, "")}, doseq=True)

    def told(self) -> list[dict[str, str]]:
        """Every filter in words, with the query that is left without it."""
        asked = {name: value for name, value in self.filters.asked.items() if name != "match"}
        return [
            {
                "title": self._title(name),
                "value": _choice_title(getattr(self.fields[name], "choices", []), value),
                "query": self.query(**{name: None}),
            }
            for name, value in asked.items()
        ]

    def _title(self, name: str) -> str:
        """“Came in, from” and “to” are two fields of one row; alone, each needs its whole name."""
        whole = str(self.fields[name.replace("_to", "_from") if name.endswith("_to") else name].label)
        if name.endswith(("_from", "_to")):
            return f"{whole.removesuffix(', from')} {name.rpartition('_')[2]}"
        return whole.removesuffix(", from")

    def _offer(self) -> None:
        fields: dict[str, Any] = self.fields
        groups = [
            (question.title, [(f"{question.name}:{option.value}", option.title) for option in question.options])
            for question in self.project.question_list
            if question.options
        ]
        fields["label"].choices = [("", _("Any")), *(groups if len(groups) > 1 else groups[0][1] if groups else [])]
        told = self.may_manage or not self.project.anonymous_review
        annotators = Annotator.objects.filter(project=self.project).order_by("kind", "name")[: ANNOTATORS * told]
        named = [(str(each.pk), each.name) for each in annotators]
        fields["answered_by"].choices = fields["not_answered_by"].choices = [("", _("Anybody or nobody")), *named]
        # What is not listed is still allowed: the parser decides.
        for name in ("label", "answered_by", "not_answered_by", "match", "order"):
            fields[name].valid_value = lambda value: True
        fields["labeler"].queryset = Labeler.objects.filter(project=self.project).select_related("annotator", "project")
        fields["question"].choices = [("", ""), *((each.name, each.title) for each in self.project.question_list)]
        if not self.may_manage:
            for name in (*MANAGERS_ONLY, *(NAMING if self.project.anonymous_review else ())):
                fields[name].widget = forms.HiddenInput()


class SaveViewForm(forms.Form):
    name = forms.CharField(max_length=100)
    shared = forms.BooleanField(label=_("Everybody who reviews this project sees it"), required=False)


class BulkLabelForm(forms.Form):
    """Answers that hold for any item; a question that is left open keeps what leads."""

    def __init__(self, *args: Any, project: Project, questions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            options = [(option.value, option.title) for option in question.offered]
            several = not type_of(question).exclusive
            self.fields[question.name] = (
                forms.MultipleChoiceField(
                    label=question.title, required=False, choices=options, widget=forms.CheckboxSelectMultiple
                )
                if several
                else forms.ChoiceField(
                    label=question.title, required=False, choices=[("", _("Keep what leads")), *options]
                )
            )
        self.fields["comment"] = forms.CharField(required=False, max_length=5_000, widget=forms.Textarea({"rows": 2}))

    def details(self) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for question in self.questions:
            given = self.cleaned_data.get(question.name)
            if given:
                posted = given if isinstance(given, list) else [given]
                answers[question.name] = type_of(question).read(question, posted)
        return {"answers": answers, "comment": self.cleaned_data.get("comment", "")}


class BulkAssignForm(forms.Form):
    people = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Choose at least one person.")}
    )
    each = forms.ChoiceField(
        label=_("Who gets what"), choices=[("share", _("A share each")), ("all", _("Everybody gets every item"))]
    )
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=90, initial=7)

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.choices = [(name, name) for name in names]

    def details(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {"people": cleaned["people"], "days": cleaned["days"], "each": cleaned["each"] == "all"}


class BulkDeleteForm(forms.Form):
    """`made`: how many items recipes made of those that are chosen."""

    def __init__(self, *args: Any, made: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if made:
            label = ngettext(
                "Also the %(shown)s item that recipes made of them",
                "Also the %(shown)s items that recipes made of them",
                made,
            )
            self.fields["made"] = forms.BooleanField(label=label % {"shown": number(made)}, required=False)

    def details(self) -> dict[str, Any]:
        return {"made": True} if self.cleaned_data.get("made") else {}


class NoDetailsForm(forms.Form):
    def details(self) -> dict[str, Any]:
        return {}


def _choice_title(choices: Any, value: str) -> str:
    """A choice's own words; what has none is shown as it is."""
    for key, title in _flat(choices or []):
        if str(key) == value:
            return str(title)
    return value


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key, title in choices:
        found += _flat(title) if isinstance(title, list | tuple) else [(key, title)]
    return found
