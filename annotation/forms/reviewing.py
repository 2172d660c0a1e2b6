"""Which items a reviewer works through, and what comes with a decision."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotation.models import Project
from annotation.models.filters import (
    ORDERS,
    REASONS,
    SEARCH_LENGTH,
    WAITING,
    Filters,
    InvalidFilter,
    parse_filters,
)
from annotation.questions import Question, type_of
from annotation.workflow.deciding_alike import MOST
from annotation.workflow.reviewing import COMMENT_LENGTH

LARGEST_VERSION = 2**31 - 1
LARGEST_ID = 2**63 - 1
# By age, and by how much a decision is worth.
QUEUE_ORDERS = {name: ORDERS[name] for name in ("oldest", "newest", "least_sure", "most_disagreed")}
SHARES = "share-"


class QueueForm(forms.Form):
    """The queue in an address. What cannot be read asks for nothing: one filter less beats an error page."""

    reason = forms.ChoiceField(required=False, choices=list(REASONS.items()), widget=forms.HiddenInput)
    search = forms.CharField(label=_("Search"), required=False, max_length=SEARCH_LENGTH)
    label = forms.ChoiceField(label=_("What leads"), required=False)
    order = forms.ChoiceField(label=_("Order"), required=False, choices=list(QUEUE_ORDERS.items()))
    after = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, project: Project) -> None:
        super().__init__(data)
        self.project = project
        labels: Any = self.fields["label"]
        groups = [
            (question.title, [(f"{question.name}:{option.value}", option.title) for option in question.options])
            for question in project.question_list
            if question.options
        ]
        labels.choices = [("", _("Any")), *(groups if len(groups) != 1 else groups[0][1])]
        self.is_valid()
        self.chosen_order: str = self.cleaned_data.get("order") or "oldest"
        self.filters = self._filters()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filters.asked.keys() - {"reason"})

    def query(self, **changed: Any) -> str:
        """“?…” of this queue, empty for the whole of it; `changed`: parameters to set, or to leave out where None."""
        asked: dict[str, Any] = {**self.filters.asked, "order": self.chosen_order, **changed}
        if asked.get("reason") == WAITING:
            del asked["reason"]
        if asked.get("order") == "oldest":
            del asked["order"]
        given = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
        return f"?{given}" if given else ""

    def _filters(self) -> Filters:
        given = self.cleaned_data
        asked = {name: given.get(name) or "" for name in ("search", "label")}
        try:
            return parse_filters(asked | {"reason": given.get("reason") or WAITING}, self.project, may_manage=False)
        except InvalidFilter:
            return Filters(reason=WAITING)


class ResolutionForm(forms.Form):
    """`version` is the item's version that the reviewer saw."""

    version = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION)
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH)
    ambiguous = forms.BooleanField(required=False)
    clear_flags = forms.BooleanField(required=False)


class ReturnForm(forms.Form):
    version = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION)
    annotation = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    comment = forms.CharField(required=False, strip=False, max_length=COMMENT_LENGTH + 1)


class TakeBackForm(forms.Form):
    """Without `decision`, the newest of one's own."""

    decision = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    version = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_VERSION)


def read_alike(posted: QueryDict) -> list[tuple[int, int]]:
    """(item, version seen) of the look-alikes that were ticked; what is none of them is passed over."""
    chosen = []
    for raw in posted.getlist("alike")[: MOST + 1]:
        item, _colon, version = raw.partition(":")
        if item.isdecimal() and version.isdecimal() and len(item) < 19 and len(version) < 11:
            chosen.append((int(item), int(version)))
    return chosen


def read_shares(posted: QueryDict, project: Project, shown: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """{question: {option: share}} as typed in percent, of the questions where anything was changed.

    `shown`: what stood in the fields. What is no number is NaN, which no distribution admits.
    """
    given: dict[str, dict[str, float]] = {}
    for question in project.question_list:
        typed = posted.getlist(f"{SHARES}{question.name}")
        if not has_shares(question) or len(typed) != len(question.values) or typed == shown.get(question.name):
            continue
        if not any(each.strip() for each in typed):
            continue
        given[question.name] = {
            value: _percent(each) for value, each in zip(question.values, typed, strict=True) if each.strip()
        }
    return given


def has_shares(question: Question) -> bool:
    """Whether a reviewer may say how likely each answer is: where exactly one of the options is the answer."""
    return bool(question.values) and type_of(question).exclusive


def _percent(typed: str) -> float:
    try:
        return float(typed.replace(",", ".")) / 100
    except ValueError:
        return float("nan")
