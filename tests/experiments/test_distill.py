"""The experiment on distillation: what is written is filtered, checked blind, and weighed in real texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from annotation.experiments.base import Work
from annotation.experiments.distill import DISTILL, worth
from annotation.experiments.distill_running import run
from annotation.llms import ModelError, Prompt, Reply, Retryable
from tests.experiments.test_eda import made_data

CLUBS = ("lions", "tigers", "bears", "wolves", "eagles", "sharks", "bulls")


class Writer:
    """Writes a good text, a copy, a text of the other label, nothing, and no reply at all."""

    digest = "writer"
    scores_options = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def generate(self, prompts: Sequence[Prompt], **options: Any) -> list[Reply | ModelError]:
        found: list[Reply | ModelError] = []
        for number, prompt in enumerate(prompts):
            self.asked.append(prompt.instructions)
            sport = "labelled “sport”" in prompt.instructions
            good = (
                f"the {CLUBS[number % 7]} won every game" if sport else f"the {CLUBS[number % 7]} bank lost its shares"
            )
            wrong = "shares of a bank fell on the market" if sport else "a team won the last game"
            copied = prompt.instructions.split("\n- ")[1].split("\n")[0]
            text = (good, f"- {good} again", copied, wrong, "- ")[number % 5]
            found.append(Retryable("busy") if number == 9 else Reply(text, 9, 9))
        return found

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError("nobody asks it for that")


def test_what_is_written_goes_through_filters_and_a_blind_check() -> None:
    writer = Writer()
    settings = {**DISTILL.settings["small"], "texts": 10, "shown": 3, "learners": ["words"], "sizes": [4, 10]}
    value = run(Work(settings, 1, lambda key, step: step(), lambda: None, made_data(), writer))
    [made] = value["yields"]
    assert made["funnel"]["asked"] == 20
    assert made["failed"] == {"unreadable": 2, "model": 2}
    assert made["funnel"]["written"] == 16
    assert made["dropped"]["copied"] >= 2
    assert made["funnel"]["written"] - sum(made["dropped"].values()) == made["funnel"]["filtered"]
    # The blind check knows a text of the other label, without being told what it was written for.
    assert made["funnel"]["checked"] < made["funnel"]["filtered"]
    assert made["reviewer"]["accuracy"] == 1.0
    held_out = {example.text for example in made_data().test}
    assert not any(text in asked for asked in writer.asked for text in held_out)
    report = DISTILL.present(value)
    assert [step[1] for step in report.funnels[0].steps] == list(made["funnel"].values())
    assert len(report.tables[0].rows) == 5 + 2


# At 100 texts it fell by chance; more texts are not worth less.
CURVE = [(10, 0.5), (50, 0.7), (100, 0.69), (1_000, 0.9)]


@pytest.mark.parametrize(
    ("accuracy", "size", "beyond"), [(0.4, 10, -1), (0.5, 10, 0), (0.6, 22.4, 0), (0.8, 316, 0), (0.95, 1_000, 1)]
)
def test_a_training_set_is_worth_as_many_real_texts_as_give_its_accuracy(
    accuracy: float, size: float, beyond: int
) -> None:
    found, outside = worth(CURVE, accuracy)
    assert outside == beyond
    assert found == pytest.approx(size, rel=0.01)
