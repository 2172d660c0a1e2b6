"""A model annotator's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.labelers import BENCHES, KINDS, InvalidConfig, check_config
from annotation.labelers.exemplars import MOST as MOST_EXAMPLES
from annotation.labelers.perturbing import VARIATIONS
from annotation.llms import Permanent
from annotation.llms.classifiers import classifier_names
from annotation.llms.endpoints import MOST_SAMPLES, SAMPLES
from annotation.models import Connection, Labeler
from annotation.questions import Question
from annotation.workflow.judging import MOST_ITEMS, TRIAL_ITEMS

from .language_models import LOCAL, budget_field, language_models

INSTRUCTIONS_LIMIT = 4_000
LEAD_LIMIT = 200
CLASSIFYING = ("text_classification", "zero_shot", "token_classification")
# With labels of their own, for one question.
LABELLING = ("text_classification", "token_classification")
ASKING = ("prompted", "judge")
ML_BACKEND = "ml_backend"
# Which kinds have which settings; a kind that is in none, as one that is trained, has no settings.
KINDS_WITH = {
    "llm": (*ASKING, ML_BACKEND),
    "instructions": ASKING,
    "guidelines": ASKING,
    "lead": ASKING,
    "examples": ("prompted",),
    "nearest": ("prompted",),
    "perturbations": ("prompted",),
    "samples": ASKING,
    "classifier": CLASSIFYING,
    "question": LABELLING,
    "labels": LABELLING,
}
# What most people never need to change.
ADVANCED = ("guidelines", "lead", "examples", "nearest", "perturbations", "samples", "labels")


class LabelerForm(forms.Form):
    """A name that exists gets a new version; the one before is retired and keeps its votes."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("What it does"), widget=forms.RadioSelect)
    llm = forms.ChoiceField(
        label=_("Language model"),
        initial=LOCAL,
        help_text=_("The site's administrators can offer more: servers of your own, or hosted ones."),
    )
    instructions = forms.CharField(
        label=_("Extra instructions"),
        required=False,
        max_length=INSTRUCTIONS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read before every text, after the guidelines."),
    )
    guidelines = forms.BooleanField(
        label=_("Let it read the guidelines"),
        required=False,
        initial=True,
        help_text=_("Large models gain from them. The bundled one, which is very small, is misled by long ones."),
    )
    lead = forms.CharField(
        label=_("Sentence that the options complete"),
        required=False,
        max_length=LEAD_LIMIT,
        help_text=_("Such as “The topic of this text is”. By default it is made from the question."),
    )
    examples = forms.IntegerField(
        label=_("Examples to show it"),
        required=False,
        min_value=0,
        max_value=MOST_EXAMPLES,
        help_text=_(
            "Items that people settled, each label in turn, no hidden checks. A run keeps those it began with."
        ),
    )
    nearest = forms.BooleanField(
        label=_("Choose them anew for every item, the most similar ones"),
        required=False,
        help_text=_("Slower on this machine: otherwise all items share the same examples, which are read once."),
    )
    perturbations = forms.IntegerField(
        label=_("Wordings of each question"),
        required=False,
        min_value=0,
        max_value=len(VARIATIONS),
        help_text=_("Each costs as much as the first: how far the answers to them differ shows how unsure it is."),
    )
    samples = forms.IntegerField(
        label=_("Times to ask a model that gives no probabilities"),
        required=False,
        min_value=1,
        max_value=MOST_SAMPLES,
        help_text=format_lazy(
            _(
                "The share of its most frequent answer is its confidence. Empty: {samples}. "
                "Not used by the bundled model, nor by servers that report log-probabilities."
            ),
            samples=SAMPLES,
        ),
    )

    classifier = forms.ChoiceField(label=_("Classifier"), required=False, help_text=_("For classifiers alone."))
    labels = forms.CharField(
        label=_("What the classifier’s labels stand for"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One a line: label = option’s value. Empty: they are called like the options. A token classifier "
            "leaves out a label without a value, as in “MISC =”."
        ),
    )
    question = forms.ChoiceField(
        label=_("Question it answers"), required=False, help_text=_("Only where several of a project’s could be meant.")
    )

    def __init__(self, *args: Any, questions: Sequence[Question] = (), **kwargs: Any) -> None:
        """`questions`: the project's, of which a classifier answers one."""
        super().__init__(*args, **kwargs)
        names = _classifiers()
        if len(questions) < 2 or not names:
            del self.fields["question"]
        else:
            offering = [(each.name, each.title) for each in questions if each.options]
            self.fields["question"].choices = [("", _("The one that fits")), *offering]  # type: ignore[attr-defined]
        if not names:
            del self.fields["classifier"], self.fields["labels"]
        else:
            self.fields["classifier"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
            if isinstance(known := self.initial.get("labels"), dict):
                self.initial["labels"] = "\n".join(f"{label} = {value}" for label, value in known.items())
        back_ends = [(each.name, each.name) for each in Connection.objects.ml_backends()]
        kinds: Any = self.fields["kind"]
        kinds.choices = [
            (name, f"{_(kind.title)}. {_(kind.description)}")
            for name, kind in KINDS.items()
            if (names or name not in CLASSIFYING) and (back_ends or name != ML_BACKEND) and name not in BENCHES
        ]
        kinds.initial = next(iter(KINDS))
        offered: Any = self.fields["llm"]
        offered.choices = language_models()
        if back_ends:
            offered.choices += [(_("Label Studio ML back ends"), back_ends)]

    @property
    def always(self) -> list[forms.BoundField]:
        return [self["name"], self["kind"]]

    @property
    def settings(self) -> list[tuple[forms.BoundField, str]]:
        """(field, the kinds that have it, for the page's script), those that most people set."""
        return self._settings(lambda name: name not in ADVANCED)

    @property
    def advanced(self) -> list[tuple[forms.BoundField, str]]:
        return self._settings(lambda name: name in ADVANCED)

    @property
    def advanced_kinds(self) -> str:
        return " ".join(sorted({kind for _, kinds in self.advanced for kind in kinds.split()}))

    def _settings(self, wanted: Callable[[str], bool]) -> list[tuple[forms.BoundField, str]]:
        return [
            (self[name], " ".join(kinds)) for name, kinds in KINDS_WITH.items() if wanted(name) and name in self.fields
        ]

    @property
    def config(self) -> dict[str, Any]:
        """As `add_labeler` takes it. Call on a valid form."""
        kind = self.cleaned_data["kind"]
        given = {key: self.cleaned_data.get(key) for key, kinds in KINDS_WITH.items() if kind in kinds}
        config = {key: value.strip() if isinstance(value, str) else value for key, value in given.items() if value}
        if "labels" in given:
            config["labels"] = _labels(given["labels"] or "")
        # Reading the guidelines goes without saying.
        if config.pop("guidelines", None) is None and "guidelines" in given:
            config["guidelines"] = False
        return {key: value for key, value in config.items() if value != {}}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_config(cleaned["kind"], self.config)
            except InvalidConfig as error:
                raise forms.ValidationError(str(error)) from error
        return cleaned


def _classifiers() -> tuple[str, ...]:
    try:
        return classifier_names()
    except Permanent:  # the administrator's setting cannot be read; nobody here could use it
        return ()


def _labels(lines: str) -> dict[str, str]:
    pairs = [line.rpartition("=") for line in lines.splitlines() if line.strip()]
    return {label.strip(): value.strip() for label, _, value in pairs}


def kind_title(kind: str) -> str:
    """A kind in words. Votes that came with items have a kind that nobody can run."""
    return gettext(KINDS[kind].title if kind in KINDS else "Imported votes")


def settings_in_words(labeler: Labeler) -> list[tuple[str, str]]:
    """(name, value) of what this version's configuration sets, in the form's words and order."""
    said = []
    for name, field in LabelerForm.base_fields.items():
        value = labeler.config.get(name)
        if isinstance(value, bool):
            said.append((str(field.label), gettext("yes") if value else gettext("no")))
        elif value not in (None, ""):
            said.append((str(field.label), str(value)))
    return said


class RunForm(forms.Form):
    """What a run may cost."""

    budget = budget_field()


class TrialForm(forms.Form):
    """On how many items a judge is tested, and what that may cost."""

    items = forms.IntegerField(
        label=_("Settled items to test it on"),
        min_value=1,
        max_value=MOST_ITEMS,
        initial=TRIAL_ITEMS,
        help_text=_("At least three people have answered each. The test takes 30 of each of three people."),
    )
    budget = budget_field()
