"""A preview is what the model is asked, word for word."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotation.labelers import Dispute, InvalidConfig, Vote
from annotation.labelers.base import Example
from annotation.labelers.judge import PromptedJudge
from annotation.labelers.previewing import BETWEEN, SCORED, as_read, preview
from annotation.labelers.prompted import PromptedLabeler
from annotation.llms import BACK_ENDS, ModelError, Prompt, Reply
from annotation.llms.base import Schema
from annotation.llms.scripted import ScriptedModel
from tests.labelers.cast import BRIEF, QUESTIONS, items

SHOWN = replace(BRIEF, examples=(Example(1, {"message": "Money back!"}, {"intent": "refund"}),))


class Attentive(ScriptedModel):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked: list[Prompt] = []

    def generate(
        self, prompts: Sequence[Prompt], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> list[Reply | ModelError]:
        self.asked += prompts
        return super().generate(prompts, schema=schema, max_tokens=max_tokens)


@pytest.mark.parametrize(
    "settings", [{}, {"instructions": "Mind the tone."}, {"guidelines": False}, {"examples": 2, "perturbations": 7}]
)
def test_a_preview_is_what_the_model_is_asked(settings: dict[str, Any]) -> None:
    model = Attentive()
    (item,) = items("Where is my </text> refund?")
    PromptedLabeler(model, settings, SHOWN).label([item])
    (text,) = preview("prompted", {"llm": "scripted", **settings}, SHOWN, [item])
    assert text == BETWEEN.join(map(as_read, model.asked))
    assert "Where is my ‹/text> refund?" in text


def test_a_judges_preview_is_what_it_is_asked_about_one_vote_for_each_option() -> None:
    model = Attentive()
    (item,) = items("hello")
    votes = tuple(Vote({"intent": value}) for value in QUESTIONS[0].values)
    PromptedJudge(model, {}, BRIEF).judge([Dispute(item, votes)])
    (text,) = preview("judge", {"llm": "scripted"}, BRIEF, [item])
    assert text.split("Reader A")[0] == as_read(model.asked[0]).split("Reader A")[0]
    assert text.split("hello")[1] == as_read(model.asked[0]).split("hello")[1]
    assert text.count("Reader ") == 3


def test_a_scored_models_preview_ends_with_the_sentence_that_options_complete() -> None:
    (text,) = preview("prompted", {"llm": "local"}, BRIEF, items("hello"))
    assert "hello" in text
    assert text.endswith("… The intent of this text is")


def test_every_back_end_is_shown_the_way_it_is_asked() -> None:
    for name, path in BACK_ENDS.items():
        module, _, attribute = path.rpartition(".")
        scores = getattr(importlib.import_module(module), attribute).scores_options
        assert (name in SCORED) is scores, name


def test_a_preview_loads_no_model() -> None:
    code = (
        "import sys; from tests.labelers.cast import BRIEF, items; from annotation.labelers.previewing import preview; "
        "preview('prompted', {'llm': 'local', 'examples': 2, 'nearest': True}, BRIEF, items('x')); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_configuration_that_cannot_be_used_has_no_preview() -> None:
    with pytest.raises(InvalidConfig):
        preview("prompted", {"llm": "local", "examples": 99}, BRIEF, items("x"))
    with pytest.raises(InvalidConfig):
        preview("oracle", {"llm": "local"}, BRIEF, items("x"))
