"""What a run of a recipe is asked for: checked, and made into the work that the recipe begins with."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from annotation.labelers import InvalidConfig
from annotation.labelers.config import check_keys
from annotation.models import Item, Project, SynthesisRun
from annotation.models.filters import Filters
from annotation.questions.speech import number
from annotation.synthesis.base import InvalidParameters, Recipe, Role, Source, Work
from annotation.synthesis.choosing import clean_parameters

from .connecting import check_llm, reachable
from .errors import Refused
from .recipes import get_recipe
from .running import check_budget
from .seeding import MOST_SEEDS, POOL, documents_of, draw_seeds, pool_of, seeds_from_json, seeds_to_json

LARGEST_SEED = 2**53 - 1
MOST_ITEMS = 100_000
MOST_DOCUMENTS = 100
LICENCE_LENGTH = 100
# Texts of the project that are read for a plan.
GLANCE = 500


@dataclass(frozen=True, slots=True)
class Commission:
    """What somebody wants of a recipe. `roles`: {role: {llm, script?}}; a role that is left out asks what the recipe's
    first one asks, and that, by default, the bundled model.

    `filters` choose the seeds, at most `seed_limit` of them, and as many of each answer to the question `balance`.
    """

    recipe: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    seed_limit: int = 200
    balance: str = ""
    documents: tuple[int, ...] = ()
    roles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seed: int = 1
    amount: int | None = None
    budget: Decimal | None = None
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is not stored yet, its recipe, and the work that it would begin with."""

    run: SynthesisRun
    recipe: Recipe
    work: Work


def prepare(project: Project, commission: Commission) -> Prepared:
    """Draw the seeds, and let the recipe say whether it can work with them. Raises Refused, naming the field.

    The work knows some of the project's texts only.
    """
    recipe = get_recipe(commission.recipe)
    _check(project, commission)
    roles = _roles(recipe, commission.roles)
    documents = documents_of(project, commission.documents) if recipe.takes_documents else []
    try:
        parameters = clean_parameters(
            recipe.parameters,
            commission.parameters,
            fields=project.fields,
            questions=project.question_list,
            documents=[each.pk for each in documents],
        )
    except InvalidParameters as error:
        raise Refused(str(error), f"parameters.{error.where}") from error
    seeds = draw_seeds(
        project,
        commission.filters,
        limit=commission.seed_limit,
        balance=commission.balance,
        lot=commission.seed,
    )
    run = SynthesisRun(
        project=project,
        recipe=recipe.name,
        recipe_version=recipe.version,
        parameters=parameters,
        filters=commission.filters.asked,
        seed_limit=commission.seed_limit,
        balance=commission.balance,
        roles=roles,
        seed=commission.seed,
        amount=commission.amount,
        budget=commission.budget,
        licence=commission.licence.strip(),
        drawn={
            "seeds": seeds_to_json(seeds),
            "guidelines": project.guidelines,
            "documents": [each.pk for each in documents],
        },
        schema_version=project.schema_version,
        last_item=Item.objects.filter(project=project).aggregate(last=Max("pk"))["last"] or 0,
    )
    work = work_of(run, recipe, pool=GLANCE)
    try:
        recipe.check(work)
    except InvalidParameters as error:
        # What the recipe misses in the seeds is no help where there are none.
        if commission.seed_limit and not seeds and not recipe.takes_documents:
            raise Refused(_("No item fits the filters of the seeds."), "filters") from error
        raise Refused(str(error), f"parameters.{error.where}" if error.where else "") from error
    if recipe.trains(work) and roles[Role.GENERATOR].get("llm") != "local":
        raise Refused(
            _("This run fine-tunes the model that writes: that has to be the bundled one. Or choose a single round."),
            f"roles.{Role.GENERATOR.value}",
        )
    run.expected = max(0, recipe.expected_requests(work)) if recipe.roles else 0
    return Prepared(run, recipe, work)


def work_of(run: SynthesisRun, recipe: Recipe, *, pool: int = POOL) -> Work:
    """The same for every worker that takes the run up. Raises Refused where a document is gone."""
    documents = documents_of(run.project, run.drawn["documents"])
    return Work(
        seeds=seeds_from_json(run.drawn["seeds"]),
        fields=tuple(run.project.fields),
        questions=tuple(run.project.question_list),
        guidelines=run.drawn["guidelines"],
        parameters=run.parameters,
        random=random.Random(f"{recipe.name} {run.seed}"),
        pool=pool_of(run.project, through=run.last_item, most=pool),
        documents=tuple(Source(each.pk, each.name, each.text) for each in documents),
        amount=run.amount,
    )


def _check(project: Project, commission: Commission) -> None:
    if not 0 <= commission.seed_limit <= MOST_SEEDS:
        raise Refused(_("A run has 0 to %(most)s seeds.") % {"most": number(MOST_SEEDS)}, "seed_limit")
    if commission.balance and commission.balance not in {each.name for each in project.question_list}:
        raise Refused(_("This project asks no question “%(name)s”.") % {"name": commission.balance[:63]}, "balance")
    if not 0 <= commission.seed <= LARGEST_SEED:
        raise Refused(_("The number that draws by lot is not negative."), "seed")
    if commission.amount is not None and not 1 <= commission.amount <= MOST_ITEMS:
        raise Refused(_("A run makes 1 to %(most)s items.") % {"most": number(MOST_ITEMS)}, "amount")
    if len(commission.documents) > MOST_DOCUMENTS:
        raise Refused(_("A run reads at most %(most)s documents.") % {"most": MOST_DOCUMENTS}, "documents")
    if len(commission.licence) > LICENCE_LENGTH or "\0" in commission.licence:
        raise Refused(_("A licence has at most %(most)s characters.") % {"most": LICENCE_LENGTH}, "licence")
    check_budget(commission.budget)


def _roles(recipe: Recipe, given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The recipe's roles with their models, each of them reachable. Raises Refused."""
    wanted = [role.value for role in recipe.roles]
    if unknown := [str(role)[:40] for role in given if role not in wanted]:
        names = ", ".join(wanted) or _("none")
        raise Refused(
            _("The recipe asks no “%(role)s”; it asks: %(names)s.") % {"role": unknown[0], "names": names}, "roles"
        )
    roles: dict[str, dict[str, Any]] = {}
    for role in wanted:
        config = dict(given.get(role) or roles.get(wanted[0]) or {"llm": "local"})
        try:
            check_keys(config, {})
        except InvalidConfig as error:
            raise Refused(str(error), f"roles.{role}") from error
        try:
            check_llm(config)
            reachable(config)
        except Refused as refusal:
            raise Refused(str(refusal), f"roles.{role}") from refusal
        roles[role] = config
    return roles
