"""What a run would ask, and about what it would cost, before it starts. No model is loaded and nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from annotation.labelers.asking import REASON_TOKENS
from annotation.labelers.bench import orders_of
from annotation.labelers.previewing import BETWEEN
from annotation.labelers.prompted import RATIONALE_TOKENS
from annotation.llms import Endpoint
from annotation.llms.completions import BYTES_PER_TOKEN
from annotation.models import Item, Labeler, Run
from annotation.questions import Question, Shape, type_of

from .connecting import reachable
from .previewing import preview_prompts
from .running import items_to_ask

SAMPLE = 50
# The marks of the chat template around a prompt.
TURN_TOKENS = 12
# With fewer, a run says less about the next one than the prompts themselves.
LEAST_MEASURED = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """Projections for a run over every open item that the labeler has not voted on.

    `cost` and `most`: without and with the further samples that are asked for where the endpoint offers no
    log-probabilities; both 0 for a model that costs nothing. `measured`: items of earlier runs of the same version from
    which the tokens are known; 0: reckoned from the prompts' length.
    """

    items: int
    prompt: str
    requests: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    most: Decimal
    connection: str
    measured: int


def estimate_run(labeler: Labeler) -> Estimate:
    """Raises Refused where the labeler could not be run as it stands."""
    items = items_to_ask(labeler)
    count = items.count()
    # In the order of their content's hash: as good as at random, and the same every time.
    drawn = items.order_by("content_hash").only("pk", "fields")[:SAMPLE]
    config = reachable(labeler.config)
    prompts = preview_prompts(labeler.project, labeler.kind, labeler.config, list(drawn))
    asked = [each for each in prompts if each]
    requests = sum(each.count(BETWEEN) + 1 for each in asked) / len(asked) if asked else 0.0
    tokens_in, tokens_out = _reckoned(labeler, config, asked, requests)
    measured, tokens = _measured(labeler)
    if measured and tokens_in:
        tokens_out = tokens * tokens_out / (tokens_in + tokens_out)
        tokens_in = tokens - tokens_out
    llm = config.get("llm")
    endpoint = llm if isinstance(llm, Endpoint) else None
    cost = endpoint.cost(tokens_in * count, tokens_out * count) if endpoint else Decimal(0)
    # What was measured has the samples in it.
    rounds = endpoint.samples if endpoint and not measured else 1
    return Estimate(
        items=count,
        prompt=prompts[0] if prompts else "",
        requests=math.ceil(requests * count),
        tokens_in=math.ceil(tokens_in * count),
        tokens_out=math.ceil(tokens_out * count),
        cost=cost,
        most=cost * rounds,
        connection=endpoint.name if endpoint else "",
        measured=measured,
    )


@dataclass(frozen=True, slots=True)
class TrialEstimate:
    """What a test of a judge would ask about `items`. `calls` and `cost` where all agree at once, `most` and
    `most_cost` where they debate to the last round."""

    items: int
    calls: int
    most_calls: int
    cost: Decimal
    most_cost: Decimal


def estimate_trial(labeler: Labeler, items: Sequence[Item]) -> TrialEstimate:
    """For a judge, or all at the table. Raises Refused where one of them could not be asked as it stands."""
    is_bench = "judges" in labeler.config
    judges = labeler.config["judges"] if is_bench else [labeler.config]
    questions = labeler.project.question_list
    orders = sum(len(orders_of(question)) for question in questions) / len(questions) if is_bench else 1
    rounds = labeler.config.get("rounds", 1)
    cost, calls = Decimal(0), 0.0
    for judge in judges:
        plain = {key: value for key, value in judge.items() if key != "name"}
        config = reachable(plain)
        prompts = [each for each in preview_prompts(labeler.project, "judge", plain, items[:SAMPLE]) if each]
        requests = sum(each.count(BETWEEN) + 1 for each in prompts) / len(prompts) if prompts else 0.0
        tokens_in, tokens_out = _reckoned(labeler, {}, prompts, requests)
        if is_bench:
            tokens_out += REASON_TOKENS * requests
        calls += requests * orders * len(items)
        if isinstance(config.get("llm"), Endpoint):
            cost += config["llm"].cost(tokens_in * orders * len(items), tokens_out * orders * len(items))
    return TrialEstimate(len(items), math.ceil(calls), math.ceil(calls * rounds), cost, cost * rounds)


def _reckoned(labeler: Labeler, config: dict[str, Any], asked: list[str], requests: float) -> tuple[float, float]:
    """Tokens read and written per item, from the prompts' bytes and the longest reply that a question allows."""
    if not asked:
        return 0.0, 0.0
    read = sum(len(each.encode()) for each in asked) / len(asked) / BYTES_PER_TOKEN
    questions = labeler.project.question_list
    written = requests * sum(_reply_tokens(question) for question in questions) / max(1, len(questions))
    if config.get("rationale"):
        read, written, requests = read + read / max(1.0, requests), written + RATIONALE_TOKENS, requests + 1
    return read + requests * TURN_TOKENS, written


def _reply_tokens(question: Question) -> float:
    """Of the longest answer in JSON, by its schema; what is written or quoted counts as a sentence."""
    kind, lengths = type_of(question), [len(value.encode()) for value in question.values]
    if kind.shape in (Shape.ONE, Shape.SCALE):
        longest = max(lengths)
    elif kind.shape in (Shape.ANY, Shape.ORDER):
        longest = sum(length + len('"", ') for length in lengths)
    else:
        longest = RATIONALE_TOKENS * BYTES_PER_TOKEN
    frame = len(str(kind.reply_schema(question).get("required", "answer"))) + len('{"": ""}')
    return (longest + frame) / BYTES_PER_TOKEN + 1


def _measured(labeler: Labeler) -> tuple[int, float]:
    """(items, tokens per item) of this version's earlier runs; (0, 0) where there were too few."""
    past = Run.objects.filter(labeler=labeler).aggregate(done=Sum("done"), failed=Sum("failed"), tokens=Sum("tokens"))
    items = (past["done"] or 0) + (past["failed"] or 0)
    return (items, past["tokens"] / items) if items >= LEAST_MEASURED and past["tokens"] else (0, 0.0)
