"""What a recipe is to work on, with which models, and how much of it; and the documents it may read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.models import Fate, Project
from annotation.synthesis.base import Cell, Function, Parameter, Recipe, Role
from annotation.workflow.commissioning import LARGEST_SEED, LICENCE_LENGTH, MOST_ITEMS, Commission
from annotation.workflow.documenting import MOST_BYTES
from annotation.workflow.seeding import MOST_SEEDS
from annotation.workflow.sifting import OPERATION_LENGTH

from .items import ItemFilterForm
from .language_models import LOCAL, budget_field, language_models
from .paging import CursorForm

CELLS = {
    Cell.LABELING: _("Labelling"),
    Cell.REFORMATION: _("Reformation: other words for what there is"),
    Cell.CO_ANNOTATION: _("Co-annotation"),
    Cell.GENERAL_DISTILLATION: _("General distillation: what a general model knows"),
    Cell.DOMAIN_DISTILLATION: _("Domain distillation: what documents say"),
    Cell.SELF_IMPROVEMENT: _("Self-improvement: a model teaches itself"),
}
FUNCTIONS = {
    Function.UNDERSTANDING: _("Understanding"),
    Function.LOGIC: _("Logic"),
    Function.MEMORY: _("Memory"),
    Function.GENERATION: _("Generation"),
}
ROLES = {
    Role.GENERATOR: _("Who writes"),
    Role.CHECKER: _("Who checks"),
    Role.JUDGE: _("Who judges"),
}
SAME = ""
SEEDS = 200
# What most people choose seeds by; the other filters are behind “More filters”.
FIRST = ("source", "stage", "label", "search")
PARAMETER, ROLE = "parameter-", "role-"


class SeedForm(ItemFilterForm):
    """The item list's filters, for seeds."""

    prefix = "seeds"

    @property
    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in FIRST]

    @property
    def others(self) -> list[forms.BoundField]:
        return [each for each in self.more if each.name not in FIRST and not each.is_hidden]

    @property
    def more_chosen(self) -> bool:
        """Whether the address filters by one of the others."""
        return any(self.initial.get(each.name) for each in self.others)


class CommissionForm(forms.Form):
    """A field for each of the recipe's parameters and roles, and what every run has."""

    seed_limit = forms.IntegerField(
        label=_("Seed items, at most"),
        min_value=0,
        max_value=MOST_SEEDS,
        initial=SEEDS,
        help_text=_("Drawn by lot from those that fit. Items of the test split are never seeds."),
    )
    balance = forms.ChoiceField(
        label=_("As many seeds of each answer to"),
        required=False,
        help_text=_("For classes that are rare: round by round one seed of each."),
    )
    documents = forms.MultipleChoiceField(
        label=_("Documents"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("What it reads.")
    )
    amount = forms.IntegerField(
        label=_("Stop after so many new items"),
        required=False,
        min_value=1,
        max_value=MOST_ITEMS,
        help_text=_("Empty: as many as come."),
    )
    budget = budget_field()
    seed = forms.IntegerField(
        label=_("Number that draws by lot"),
        min_value=0,
        max_value=LARGEST_SEED,
        initial=1,
        help_text=_("The same number, the same run. Another one asks the models for other words."),
    )
    licence = forms.CharField(
        label=_("Licence of what is made"),
        required=False,
        max_length=LICENCE_LENGTH,
        help_text=_(
            "Such as CC-BY-4.0. Kept with every item and exported. Mind the terms of the models and documents."
        ),
    )

    def __init__(self, *args: Any, project: Project, recipe: Recipe, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.recipe = project, recipe
        fields: dict[str, Any] = self.fields
        questions = [(each.name, each.title) for each in project.question_list]
        fields["balance"].choices = [("", _("Nothing: as they come")), *questions]
        documents = list(project.documents.order_by("pk").values_list("pk", "name")) if recipe.takes_documents else []
        if documents:
            fields["documents"].choices = documents
        else:
            del fields["documents"]
        if not recipe.roles:
            del fields["budget"]
        offered = {
            "question": questions,
            "field": [(each["name"], each.get("title") or each["name"]) for each in project.fields],
            "document": documents,
        }
        for parameter in recipe.parameters:
            fields[PARAMETER + parameter.name] = _field(parameter, offered)
        models = language_models()
        for place, role in enumerate(recipe.roles):
            others = [(SAME, _("The same as the first"))] if place else []
            fields[ROLE + role] = forms.ChoiceField(
                label=ROLES[role], choices=[*others, *models], required=not place, initial=SAME if place else LOCAL
            )

    @property
    def own(self) -> list[forms.BoundField]:
        """The recipe's parameters."""
        return [self[name] for name in self.fields if name.startswith(PARAMETER)]

    @property
    def models(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(ROLE)]

    @property
    def bounds(self) -> list[forms.BoundField]:
        return [self[name] for name in ("amount", "budget", "licence", "seed") if name in self.fields]

    @property
    def choice_of_documents(self) -> forms.BoundField | None:
        return self["documents"] if "documents" in self.fields else None

    def commission(self, seeds: SeedForm) -> Commission:
        """Call on valid forms."""
        asked = self.cleaned_data
        given = {each.name: asked[PARAMETER + each.name] for each in self.recipe.parameters}
        documents = {each.name for each in self.recipe.parameters if each.kind == "document"}
        return Commission(
            recipe=self.recipe.name,
            parameters={
                name: int(value) if name in documents and value else value
                for name, value in given.items()
                if value not in (None, "")
            },
            filters=seeds.filters,
            seed_limit=asked["seed_limit"],
            balance=asked["balance"],
            documents=tuple(int(pk) for pk in asked.get("documents", [])),
            roles={role.value: {"llm": asked[ROLE + role]} for role in self.recipe.roles if asked[ROLE + role]},
            seed=asked["seed"],
            amount=asked["amount"],
            budget=asked.get("budget"),
            licence=asked["licence"],
        )

    def field_of(self, name: str) -> str:
        """What a verb calls a field, as this form calls it."""
        return name.replace("parameters.", PARAMETER).replace("roles.", ROLE)


class CandidatesForm(CursorForm):
    """Which of a run's candidates to show."""

    fate = forms.ChoiceField(choices=Fate.choices, required=False)
    filter = forms.CharField(max_length=50, required=False)


class GroupForm(CursorForm):
    """Which of a run's groups: an operation, and what its items were made to be."""

    operation = forms.CharField(max_length=OPERATION_LENGTH, required=False, strip=False, widget=forms.HiddenInput)
    label = forms.CharField(max_length=10_000, required=False, strip=False, widget=forms.HiddenInput)

    @property
    def group(self) -> dict[str, str]:
        """As the verbs take it. Call on a valid form."""
        return {name: self.cleaned_data[name] for name in ("operation", "label")}

    @property
    def query(self) -> str:
        """As an address says it. Call on a valid form."""
        return urlencode(self.group)


class DocumentForm(forms.Form):
    file = forms.FileField(
        label=_("File"), max_length=255, widget=forms.FileInput(attrs={"accept": ".txt,.md,.markdown,text/plain"})
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                gettext("A document has at most %(most)s MB.") % {"most": MOST_BYTES >> 20}, code="too_large"
            )
        return file


def _field(parameter: Parameter, offered: dict[str, Any]) -> forms.Field:
    words: dict[str, Any] = {
        "label": gettext(parameter.title),
        "help_text": gettext(parameter.note) if parameter.note else "",
        "initial": parameter.default,
        "required": parameter.default != "",
    }
    if parameter.kind in ("integer", "share", "number"):
        low, high = (0.0, 1.0) if parameter.kind == "share" else (None, None)
        low = low if parameter.low is None else parameter.low
        high = high if parameter.high is None else parameter.high
        if parameter.kind == "integer":
            least, most = (None if bound is None else int(bound) for bound in (low, high))
            return forms.IntegerField(**words, min_value=least, max_value=most)
        return forms.FloatField(**words, min_value=low, max_value=high, widget=forms.NumberInput({"step": "any"}))
    if parameter.kind == "text":
        return forms.CharField(**words, widget=forms.Textarea({"rows": 3}))
    choices = offered.get(parameter.kind) or [(value, gettext(title)) for value, title in parameter.choices]
    if parameter.kind in offered and parameter.default == "":
        choices = [("", "–"), *choices]
    return forms.ChoiceField(**words, choices=choices)
