"""The projects that recipes are tried on, and a player: what a run does with a recipe, without its rows."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.llms import LanguageModel, ModelError, Prompt, Reply
from annotation.llms.base import Sampling, Schema
from annotation.llms.scripted import ScriptedModel
from annotation.questions import parse_questions
from annotation.synthesis.base import Candidate, Recipe, Request, Seed, Training, Unparsed, Work
from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.registry import FILTERS
from annotation.synthesis.texts import shown_text

FIELDS = ({"name": "text", "type": "text", "title": "Text"},)
QUESTIONS = parse_questions(
    [
        {
            "name": "intent",
            "type": "choice",
            "title": "What does the customer want?",
            "options": [
                {"value": "refund", "title": "Refund"},
                {"value": "bug", "title": "Technical problem"},
            ],
        }
    ]
)
TEXTS = (
    ("The parcel arrived broken, please send the money back today.", "refund"),
    ("The app crashes whenever a photo is opened.", "bug"),
)
SEEDS = tuple(Seed(number, {"text": text}, {"intent": label}, number) for number, (text, label) in enumerate(TEXTS, 1))

PAIR_FIELDS = (
    {"name": "prompt", "type": "markdown", "title": "Prompt"},
    {"name": "response", "type": "markdown", "title": "Response"},
)
PAIR_QUESTIONS = parse_questions([{"name": "good", "type": "rating", "title": "How good is it?", "min": 1, "max": 5}])
PAIRS = (
    ("Name three rivers in Spain.", "The Ebro, the Tagus and the Douro."),
    ("Explain to a child why the sky is blue.", "Air scatters blue light most."),
    ("Give me a short recipe for pancakes.", "Whisk flour, milk and eggs, then fry."),
    ("Suggest a polite way to decline an invitation.", "Thank them, and say that you cannot come."),
)
PAIR_SEEDS = tuple(Seed(n, {"prompt": ask, "response": say}, {}, n) for n, (ask, say) in enumerate(PAIRS, 1))


def work(*seeds: Seed, seed: int = 7, **parameters: Any) -> Work:
    """On the project of support messages."""
    return Work(seeds or SEEDS, FIELDS, QUESTIONS, "Sort messages.", parameters, random.Random(seed))


def pairs_work(*seeds: Seed, seed: int = 7, **parameters: Any) -> Work:
    """On the project of prompts and responses."""
    return Work(seeds or PAIR_SEEDS, PAIR_FIELDS, PAIR_QUESTIONS, "", parameters, random.Random(seed))


def scripted(*rules: Mapping[str, Any], **default: Any) -> ScriptedModel:
    """A rule applies where `asked` is in the instructions; the default answers everything else."""
    return ScriptedModel({"rules": [{"contains": "", **rule} for rule in rules], "default": default})


class Draws(ScriptedModel):
    """Says one thing after the other where `asked` is in the instructions; everything else is as scripted."""

    def __init__(self, asked: str, said: Sequence[Any], *rules: Mapping[str, Any], **default: Any) -> None:
        super().__init__({"rules": [{"contains": "", **rule} for rule in rules], "default": default})
        self._asked, self._said = asked, list(said)

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        if self._asked in prompts[0].instructions and self._said:
            return [Reply(json.dumps({"answer": self._said.pop(0)}), 1, 1)]
        return super().generate(prompts, schema=schema, max_tokens=max_tokens, sampling=sampling)


@dataclass
class Played:
    """What came of a run: outcomes in their order, and requests and trainings in theirs."""

    outcomes: list[Candidate | Unparsed] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    trainings: list[Training] = field(default_factory=list)

    @property
    def candidates(self) -> list[Candidate]:
        return [each for each in self.outcomes if isinstance(each, Candidate)]

    @property
    def unparsed(self) -> list[Unparsed]:
        return [each for each in self.outcomes if isinstance(each, Unparsed)]

    @property
    def passed(self) -> list[Candidate]:
        """Those that no check of the recipe's own dropped."""
        return [each for each in self.candidates if all(verdict.passed for verdict in each.verdicts)]


def play(recipe: Recipe, asked: Work, model: LanguageModel | None = None) -> Played:
    """All of a run, each request put to the model by itself."""
    recipe.check(asked)
    played, steps = Played(), recipe.run(asked)
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return played
        answer = None
        if isinstance(step, Candidate | Unparsed):
            played.outcomes.append(step)
        elif isinstance(step, Training):
            played.trainings.append(step)
        elif isinstance(step, Sequence):
            assert model is not None
            played.requests += step
            answer = [_asked(model, each, place) for place, each in enumerate(step)]


def _asked(model: LanguageModel, request: Request, place: int) -> Any:
    (reply,) = model.generate(
        [request.prompt],
        schema=request.schema,
        max_tokens=request.max_tokens,
        sampling=Sampling(request.temperature, request.index * 1_000 + place) if request.temperature else None,
    )
    return reply


def screened(recipe: Recipe, asked: Work, candidates: Sequence[Candidate], **company: Any) -> dict[str, int]:
    """{filter: how many it left out}, “kept” for the rest, each candidate that is kept joining the pool."""
    beside = Company(asked.fields, asked.questions, {seed.id: seed for seed in asked.seeds}, **company)
    beside.pool += [shown_text(asked.fields, seed.fields) for seed in asked.seeds]
    counts: dict[str, int] = {}
    for candidate in candidates:
        verdicts = [*candidate.verdicts]
        for name in recipe.filters:
            if all(each.passed for each in verdicts):
                verdicts.append(FILTERS[name].judge(candidate, beside))
        failed = next((each.filter for each in verdicts if not each.passed), "kept")
        counts[failed] = counts.get(failed, 0) + 1
        if failed == "kept":
            beside.pool.append(shown_text(asked.fields, candidate.fields))
    return counts
