"""The exact words a model annotator will be asked with, without loading its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.llms import Prompt

from .asking import Subject, scores
from .balloting import wordings
from .base import Brief, ItemText
from .config import brief_for_model
from .judge import DUTY, undecided
from .reading import Reader
from .registry import check_config

# Whose options are scored (LanguageModel.scores_options), known without loading it; all others reply in JSON.
SCORED = frozenset({"local"})
BETWEEN = "\n\n" + "―" * 12 + "\n\n"


def preview(kind: str, config: Mapping[str, Any], brief: Brief, items: Sequence[ItemText]) -> list[str]:
    """Per item all that the model is asked about it: each question in each wording, a line between two of them.

    Empty texts for a kind that asks no prompt. A model's own chat marks are left out. A judge's item stands with one
    vote for every option. With `nearest`, the examples shown are not the nearest ones but as many of the same pool:
    to find those takes the encoder. Raises InvalidConfig.
    """
    check_config(kind, config)
    if kind not in ("prompted", "judge"):
        return [""] * len(items)
    brief, scored = brief_for_model(config, brief), config["llm"] in SCORED
    extra = config.get("instructions") or ""
    if kind == "judge":
        extra = f"{extra}\n\n{DUTY}"
    reader = Reader({**config, "nearest": False}, brief)
    parts: list[list[str]] = [[] for _ in items]
    for question in brief.questions:
        ways, by_option = wordings(config, brief, question, extra), scores(scored, question)
        for subject, shown in zip(reader.subjects(question, items), parts, strict=True):
            asked = Subject(undecided(question, subject.text)) if kind == "judge" else subject
            shown += [as_read(way.scoring(asked) if by_option else way.replying(asked)) for way in ways]
    return [BETWEEN.join(shown) for shown in parts]


def as_read(prompt: Prompt) -> str:
    """A prompt as the model reads it; the lead, with which its reply begins, stands after an ellipsis."""
    return prompt.instructions + prompt.text + prompt.cue + (f"\n\n… {prompt.lead}" if prompt.lead else "")
