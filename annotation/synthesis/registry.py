"""The recipes a project can run. To add one: write its file, name it here."""

from __future__ import annotations

from .backtranslate import Backtranslate
from .base import Recipe
from .counterfactual import Counterfactual
from .critic_revise import CriticRevise
from .doc_qa import DocQa
from .eda import Eda
from .error_seeded import ErrorSeeded
from .evol import Evol
from .mix import Mix
from .pairs import Pairs
from .paraphrase import Paraphrase
from .persona import Persona
from .rest import Rest
from .reverse_instruct import ReverseInstruct
from .self_instruct import SelfInstruct
from .self_reward import SelfReward
from .star import Star
from .step_labels import StepLabels

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Eda(),
        Paraphrase(),
        Counterfactual(),
        Mix(),
        Backtranslate(),
        SelfInstruct(),
        Evol(),
        Persona(),
        ReverseInstruct(),
        DocQa(),
        CriticRevise(),
        Pairs(),
        Star(),
        Rest(),
        ErrorSeeded(),
        SelfReward(),
        StepLabels(),
    )
}
