"""What a recipe would ask and make, and about what it would cost, before it starts: no model is loaded or asked."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.labelers.previewing import as_read
from annotation.llms import Endpoint
from annotation.llms.completions import BYTES_PER_TOKEN
from annotation.models import Project, SynthesisRun
from annotation.models.families import family_of
from annotation.questions.speech import number
from annotation.synthesis.base import Candidate, Request, Role, Unparsed
from annotation.synthesis.texts import shown_text

from .charging import money
from .commissioning import Commission, Prepared, prepare
from .connecting import reachable
from .errors import Refused
from .estimating import LEAST_MEASURED, TURN_TOKENS

# What is shown of the first requests, and of the first candidates where no model is asked before them.
SHOWN = 3
# Outcomes that are looked at until a request comes.
PATIENCE = 200
CENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One of the first requests: which model is asked, and with which words."""

    role: str
    llm: str
    prompt: str


@dataclass(frozen=True, slots=True)
class PlannedCandidate:
    """One of the first candidates of a recipe that needs no model for them."""

    operation: str
    text: str
    parent: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`requests`, tokens and `cost` are projections; `measured` requests of earlier runs are their base, 0 where they
    are reckoned from the first prompts' length and the longest replies. `warnings` are sentences."""

    seeds: int
    labelled: int
    documents: int
    requests: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    measured: int
    prompts: list[PlannedRequest] = field(default_factory=list)
    candidates: list[PlannedCandidate] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def plan_synthesis(project: Project, commission: Commission) -> Plan:
    """Raises Refused, naming the field, where the run could not be started."""
    prepared = prepare(project, commission)
    requests, candidates = _beginning(prepared)
    measured, tokens_in, tokens_out = _measured(prepared.run)
    if not measured:
        tokens_in, tokens_out = _reckoned(requests)
    count = prepared.run.expected
    cost = _price(prepared.run, tokens_in, tokens_out) * count
    seeds = prepared.work.seeds
    return Plan(
        seeds=len(seeds),
        labelled=sum(bool(seed.answers) for seed in seeds),
        documents=len(prepared.work.documents),
        requests=count,
        tokens_in=math.ceil(tokens_in * count),
        tokens_out=math.ceil(tokens_out * count),
        cost=cost,
        measured=measured,
        prompts=[
            PlannedRequest(each.role.value, _llm(prepared.run, each.role), as_read(each.prompt))
            for each in requests[:SHOWN]
        ],
        candidates=[_shown(prepared, each) for each in candidates[:SHOWN]],
        warnings=_warnings(prepared, cost),
    )


def _beginning(prepared: Prepared) -> tuple[Sequence[Request], list[Candidate]]:
    """The first requests, and the candidates that come before them."""
    candidates: list[Candidate] = []
    playing = prepared.recipe.run(prepared.work)
    try:
        for _place in range(PATIENCE):
            step = next(playing, None)
            if isinstance(step, Candidate):
                candidates.append(step)
                if len(candidates) >= SHOWN and not prepared.recipe.roles:
                    break
            elif isinstance(step, Unparsed):
                continue
            elif isinstance(step, Sequence):
                return step, candidates
            else:
                break
    except Exception as error:
        raise Refused(
            _("The recipe broke: %(kind)s: %(error)s") % {"kind": type(error).__name__, "error": str(error)[:300]}
        ) from error
    finally:
        playing.close()
    return [], candidates


def _shown(prepared: Prepared, candidate: Candidate) -> PlannedCandidate:
    fields = prepared.work.fields
    parents = {seed.id: seed for seed in prepared.work.seeds}
    parent = next((parents[pk] for pk in candidate.parents if pk in parents), None)
    return PlannedCandidate(
        candidate.operation, shown_text(fields, candidate.fields), shown_text(fields, parent.fields) if parent else ""
    )


def _reckoned(requests: Sequence[Request]) -> tuple[float, float]:
    """Tokens read and written per request."""
    if not requests:
        return 0.0, 0.0
    read = sum(len(as_read(each.prompt).encode()) for each in requests) / len(requests) / BYTES_PER_TOKEN
    return read + TURN_TOKENS, sum(each.max_tokens for each in requests) / len(requests)


def _measured(run: SynthesisRun) -> tuple[int, float, float]:
    """(requests, tokens read, tokens written per request) of this recipe's earlier runs; zeros where there were few."""
    past = SynthesisRun.objects.filter(project=run.project, recipe=run.recipe).aggregate(
        requested=Sum("requested"),
        cached=Sum("cached"),
        failed=Sum("failed"),
        read=Sum("tokens_in"),
        written=Sum("tokens_out"),
    )
    asked = (past["requested"] or 0) - (past["cached"] or 0) - (past["failed"] or 0)
    return (asked, past["read"] / asked, past["written"] / asked) if asked >= LEAST_MEASURED else (0, 0.0, 0.0)


def _price(run: SynthesisRun, tokens_in: float, tokens_out: float) -> Decimal:
    """Of one request, the mean over the recipe's roles: how often each is asked, only the run will tell."""
    prices = [_priced(config, tokens_in, tokens_out) for config in run.roles.values()]
    return sum(prices, Decimal(0)) / len(prices) if prices else Decimal(0)


def _priced(config: dict[str, Any], tokens_in: float, tokens_out: float) -> Decimal:
    llm = reachable(config).get("llm")
    return llm.cost(tokens_in, tokens_out) if isinstance(llm, Endpoint) else Decimal(0)


def _llm(run: SynthesisRun, role: Role) -> str:
    config: dict[str, Any] = run.roles.get(role.value) or next(iter(run.roles.values()), {})
    return str(config.get("llm", ""))


def _warnings(prepared: Prepared, cost: Decimal) -> list[str]:
    run, seeds = prepared.run, prepared.work.seeds
    dear = run.budget is not None and cost > run.budget
    return [
        *_small_writer(run),
        *_same_judge(run),
        *_unlabelled(len(seeds), sum(not seed.answers for seed in seeds)),
        *(
            [_("It may cost about %(cost)s, which is more than its budget.") % {"cost": money(cost.quantize(CENT))}]
            if dear
            else []
        ),
    ]


def _small_writer(run: SynthesisRun) -> list[str]:
    """The bundled model is there so that everything can be tried without another."""
    writer = run.roles.get(Role.GENERATOR.value, {}).get("llm")
    if writer != "local" or os.environ.get("SYNTHWEB_MODEL"):
        return []
    return [
        _("The bundled model is small: little of what it writes will stay. A connection to a larger one makes more.")
    ]


def _same_judge(run: SynthesisRun) -> list[str]:
    """Models favour what they, or their like, have written."""
    writer = _identity(run.roles.get(Role.GENERATOR.value))
    critics = [run.roles.get(role.value) for role in (Role.CHECKER, Role.JUDGE)]
    for critic in (each for each in critics if each is not None and writer):
        if _identity(critic) == writer:
            return [_("The model that judges is the one that writes: it favours its own words. Choose another one.")]
        if family_of(_identity(critic)) == family_of(writer):
            return [_("The model that judges is of the writer’s family: it favours the words of its like.")]
    return []


def _identity(config: dict[str, Any] | None) -> str:
    """Which model it is, whatever connection it is reached by."""
    if config is None:
        return ""
    llm = reachable(config).get("llm")
    return llm.model if isinstance(llm, Endpoint) else str(llm)


def _unlabelled(seeds: int, without: int) -> list[str]:
    if not seeds or not without:
        return []
    if without == seeds:
        return [_("No seed has a settled or known answer.")]
    return [
        ngettext(
            "%(without)s of %(seeds)s seeds has no settled or known answer.",
            "%(without)s of %(seeds)s seeds have no settled or known answer.",
            without,
        )
        % {"without": number(without), "seeds": number(seeds)}
    ]
