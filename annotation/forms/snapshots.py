"""What to freeze, how it is split, and in which format."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from annotation.exchange import FORMATS
from annotation.models import DecidedBy, Project, Snapshot, Stage
from annotation.models.filters import PARAMETERS
from annotation.questions import type_of
from annotation.workflow.retaining import MOST_DAYS, MOST_SNAPSHOTS
from annotation.workflow.terms import APART, FEW, FILES, LARGEST_SEED, LICENCE_LENGTH, TOGETHER

SETTLED, EVERYTHING = "settled", "everything"
WHAT = [(SETTLED, _("Settled items only")), (EVERYTHING, _("Every item; what is not settled has no label yet"))]
ALL, NONE, SOME = "all", "none", "some"
METADATA = [(ALL, _("All of it")), (NONE, _("None")), (SOME, _("Only these keys"))]
SPLITS = ("train", "validation", "test")
# Whether the files of a split snapshot are one or several; every format has this setting beside its own.
FILES_TITLE = _("Files of the splits")
FILES_CHOICES = [(TOGETHER, _("One file that says which is which")), (APART, _("One file each, in a zip"))]
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "ODbL-1.0", "MIT", "Apache-2.0")

NOT_STRATIFIED = gettext_noop("No: drawn item by item")


class Preset(forms.ChoiceField):
    """A choice that was made already: where nothing comes, it is the first, or the initial one."""

    def clean(self, value: Any) -> Any:
        choices: Any = self.choices
        return super().clean(value or self.initial or choices[0][0])


class AnyOf(forms.MultipleChoiceField):
    """Boxes that are all ticked: where none is, nothing is asked, which is the same."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        choices: Any = self.choices
        return super().clean(value or [each for each, _title in choices])


def formats() -> list[tuple[str, str]]:
    """What can be written."""
    return [(name, _now(kind.title)) for name, kind in FORMATS.items() if kind.writes]


class FormatForm(forms.Form):
    """A format, and what it leaves to choose. `splits`: whether there are some to say which is which of."""

    format = forms.ChoiceField(label=_("Format"), choices=formats)

    def __init__(self, *args: Any, splits: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("format", formats()[0][0])
        chosen = (self.data if self.is_bound else self.initial).get("format") or ""
        kind = FORMATS.get(str(chosen))
        self.setting_names = [each.name for each in kind.settings] if kind else []
        for setting in kind.settings if kind else ():
            choices = [(value, _now(title)) for value, title in setting.choices]
            self.fields[f"setting-{setting.name}"] = Preset(label=_now(setting.title), choices=choices)
        if splits and kind and kind.keeps_split:
            self.setting_names.append(FILES)
            self.fields[f"setting-{FILES}"] = Preset(label=FILES_TITLE, choices=FILES_CHOICES)

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        return [self[f"setting-{name}"] for name in self.setting_names]

    @property
    def settings(self) -> dict[str, str]:
        """As the verbs take them. Call on a valid form."""
        chosen = {name: self.cleaned_data.get(f"setting-{name}") for name in self.setting_names}
        return {name: value for name, value in chosen.items() if value}


class SnapshotForm(FormatForm):
    """`query`: the filters of a view of the item list, which the snapshot takes over."""

    items = forms.ChoiceField(label=_("Items"), choices=WHAT, initial=SETTLED, widget=forms.RadioSelect)
    query = forms.CharField(required=False, max_length=4_000, widget=forms.HiddenInput)
    decided_by = AnyOf(label=_("Labels decided by"), choices=DecidedBy.choices, initial=DecidedBy.values)
    posterior_from = forms.FloatField(
        label=_("Sure, from"), min_value=0, max_value=1, required=False,
        help_text=_("The least posterior of a label, from 0 to 1."),
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip
    agreement_from = forms.FloatField(
        label=_("Agreement, from"), min_value=0, max_value=1, required=False,
        help_text=_("How near the votes on an item are to its label, from 0 to 1."),
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip
    only_firm = forms.BooleanField(
        label=_("Without labels that have no one answer: ambiguous items and ties"), required=False
    )
    only_labels = forms.BooleanField(label=_("Only the labels, not who answered what"), required=False)
    pseudonyms = forms.BooleanField(label=_("Pseudonyms in place of people’s names"), required=False)
    gold = forms.BooleanField(
        label=_("Known answers of hidden checks"), required=False,
        help_text=_("Who can read the file then knows which items are checks."),
    )  # fmt: skip
    unreviewed = forms.BooleanField(
        label=_("Generated items that nobody has reviewed"), required=False,
        help_text=_("Otherwise they stay here until people, or a sample of their group, have vouched for them."),
    )  # fmt: skip
    fields_kept = AnyOf(label=_("Fields"))
    questions_kept = AnyOf(label=_("Questions"))
    metadata = Preset(label=_("Metadata"), choices=METADATA, initial=ALL)
    metadata_keys = forms.CharField(
        label=_("Keys"), required=False, max_length=2_000, help_text=_("With commas between them.")
    )
    train = forms.FloatField(label=_("Train, %"), min_value=0, max_value=100, required=False)
    validation = forms.FloatField(label=_("Validation, %"), min_value=0, max_value=100, required=False)
    test = forms.FloatField(label=_("Test, %"), min_value=0, max_value=100, required=False)
    stratify = forms.ChoiceField(
        label=_("The same shares of labels in every split"), required=False,
        help_text=_("Otherwise each item’s content decides, so that every snapshot puts it into the same split."),
    )  # fmt: skip
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=LARGEST_SEED, required=False)
    keep_splits = forms.BooleanField(label=_("Items that came in with a split keep it"), required=False)
    licence = forms.CharField(
        label=_("Licence"), required=False, max_length=LICENCE_LENGTH,
        help_text=_("Said on the dataset card, such as CC-BY-4.0."),
        widget=forms.TextInput(attrs={"list": "licences", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, splits=True, **kwargs)
        self.project = project
        self.licences = LICENCES
        fields: dict[str, Any] = self.fields
        shown = [(each["name"], each.get("title") or each["name"]) for each in project.fields]
        asked = [(question.name, question.title) for question in project.question_list]
        few = [(each.name, each.title) for each in project.question_list if type_of(each).shape in FEW]
        for name, choices in (("fields_kept", shown), ("questions_kept", asked)):
            fields[name].choices = choices
            fields[name].initial = [value for value, _title in choices]
        fields["stratify"].choices = [("", _now(NOT_STRATIFIED)), *few]

    @property
    def label_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("decided_by", "posterior_from", "agreement_from", "only_firm")]

    @property
    def content_fields(self) -> list[forms.BoundField]:
        chosen = ("only_labels", "pseudonyms", "gold", "unreviewed", "fields_kept", "questions_kept")
        return [self[name] for name in (*chosen, "metadata", "metadata_keys")]

    @property
    def share_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in SPLITS]

    @property
    def split_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("stratify", "seed", "keep_splits")]

    @property
    def asked_filters(self) -> dict[str, str]:
        """Those that were taken over from the item list."""
        query = self.data.get("query", "") if self.is_bound else self.initial.get("query", "")
        return {name: value for name, value in parse_qsl(query or "") if name in PARAMETERS}

    @property
    def filters(self) -> dict[str, Any]:
        """As `request_snapshot` takes them. Call on a valid form."""
        settled = self.cleaned_data.get("items") == SETTLED
        return self.asked_filters | ({"stage": [str(Stage.SETTLED)]} if settled else {})

    @property
    def splits(self) -> dict[str, float]:
        """{name: share}; {} where there are none to draw. Call on a valid form."""
        shares = {name: self.cleaned_data.get(name) or 0 for name in SPLITS}
        return {name: share / 100 for name, share in shares.items() if share}

    @property
    def options(self) -> dict[str, Any]:
        """As `request_snapshot` takes them, without what is so by default. Call on a valid form."""
        given = self.cleaned_data
        chosen: dict[str, Any] = {name: given[name] for name in ("pseudonyms", "gold", "unreviewed", "licence")}
        chosen |= {"ambiguous": not given["only_firm"], "annotations": not given["only_labels"]}
        chosen |= {name: given[name] or 0.0 for name in ("posterior_from", "agreement_from")}
        for name, option in (("decided_by", "decided_by"), ("fields_kept", "fields"), ("questions_kept", "questions")):
            field: Any = self.fields[name]
            if len(given[name]) < len(field.choices):
                chosen[option] = given[name]
        if given["metadata"] != ALL:
            keys = given["metadata_keys"].split(",") if given["metadata"] == SOME else []
            chosen["metadata"] = [key.strip() for key in keys if key.strip()]
        if self.splits:
            chosen |= {name: given[name] for name in ("stratify", "keep_splits")} | {"seed": given["seed"] or 0}
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        total = sum(self.splits.values())
        if total and abs(total - 1) > 1e-6:
            self.add_error("train", _("The shares sum to %(sum)s %%, not to 100.") % {"sum": format(100 * total, "g")})
        if cleaned.get("metadata") == SOME and not cleaned.get("metadata_keys", "").strip():
            self.add_error("metadata_keys", _("Name at least one key."))
        return cleaned


class KeepForm(forms.Form):
    """How long files stay on the server."""

    days = forms.IntegerField(
        label=_("Younger than, in days"), min_value=1, max_value=MOST_DAYS, required=False,
        help_text=_("Empty: age does not matter."),
    )  # fmt: skip
    last = forms.IntegerField(
        label=_("Of the last snapshots"), min_value=1, max_value=MOST_SNAPSHOTS, required=False,
        help_text=_("So many. Empty: their number does not matter."),
    )  # fmt: skip


class CompareForm(forms.Form):
    """Which earlier snapshot to compare with."""

    base = forms.ModelChoiceField(Snapshot.objects.none(), label=_("Compare with"), empty_label=None)

    def __init__(self, *args: Any, snapshot: Snapshot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        earlier = Snapshot.objects.filter(project=snapshot.project_id, number__lt=snapshot.number).exclude(records="")
        field: Any = self.fields["base"]
        field.queryset = earlier.select_related("project").defer("manifest")
        field.label_from_instance = _earlier

    @property
    def has_some(self) -> bool:
        field: Any = self.fields["base"]
        return bool(field.queryset.exists())


def _earlier(snapshot: Snapshot) -> str:
    return _now("No. %(number)s, %(rows)s rows") % {"number": snapshot.number, "rows": snapshot.rows}
