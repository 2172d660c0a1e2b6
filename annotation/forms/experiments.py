"""Which experiment to do, how thoroughly, and on what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotation.experiments.base import Experiment
from annotation.models import Project
from annotation.workflow.experimenting import MOST_SEEDS, Order
from annotation.workflow.labelled_texts import choices_of

from .language_models import LOCAL, budget_field, language_models

SETTINGS = {"small": _("Small"), "full": _("Full"), "bundled": _("The bundled model, with adapters")}


class ExperimentForm(forms.Form):
    """Fields that the experiment has no use for are left out."""

    setting = forms.ChoiceField(label=_("How thoroughly"), widget=forms.RadioSelect, initial="small")
    seeds = forms.IntegerField(
        label=_("Seeds"),
        required=False,
        min_value=1,
        max_value=MOST_SEEDS,
        help_text=_("How often it is done with other lots drawn. Empty: as many as the setting has."),
    )
    question = forms.ChoiceField(
        label=_("Question"), help_text=_("Its settled and known answers are the labels. Imported items alone are used.")
    )
    llm = forms.ChoiceField(label=_("Language model"), initial=LOCAL)
    budget = budget_field()

    def __init__(self, *args: Any, project: Project, experiment: Experiment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.experiment = experiment
        fields: dict[str, Any] = self.fields
        fields["setting"].choices = [(name, _setting(experiment, name)) for name in experiment.settings]
        fields["question"].choices = [(question.name, question.title) for question in choices_of(project)]
        fields["llm"].choices = language_models()
        if not experiment.needs_data:
            del fields["question"]
        if not experiment.asks_model:
            del fields["llm"], fields["budget"]

    @property
    def order(self) -> Order:
        """Call on a valid form."""
        given = self.cleaned_data
        return Order(
            self.experiment.name,
            given["setting"],
            given["seeds"],
            question=given.get("question", ""),
            llm=given.get("llm", LOCAL),
            budget=given.get("budget"),
        )


def _setting(experiment: Experiment, name: str) -> str:
    minutes, seeds = experiment.minutes[name], experiment.seeds[name]
    told = ngettext("%(count)s seed", "%(count)s seeds", seeds) % {"count": seeds}
    return gettext("%(setting)s: %(seeds)s, about %(minutes)s min on two cores") % {
        "setting": SETTINGS.get(name, name),
        "seeds": told,
        "minutes": minutes,
    }
