"""A language model asked with the project's guidelines."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotation.llms import LanguageModel, ModelError, Reply
from annotation.questions import Question
from annotation.questions.speech import gettext_noop

from . import wording
from .balloting import askers, ballots_on, combined
from .base import Brief, Failure, ItemText, Prediction
from .config import PROMPT_KEYS, brief_for_model, check_keys, model_of, version_of
from .reading import Reader

RATIONALE_TOKENS = 60


class Prompted:
    """The registry's entry."""

    title = gettext_noop("Prompted model")
    description = gettext_noop("Reads the guidelines and each item's text, and says how likely each option is.")
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, {**PROMPT_KEYS, "rationale": bool})

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """It answers every type: by the scores of the options where one of them is the answer, else by its reply."""

    def build(self, config: Mapping[str, Any], brief: Brief) -> PromptedLabeler:
        return PromptedLabeler(model_of(config), config, brief)


class PromptedLabeler:
    """Asks one question after the other about a batch of items."""

    def __init__(self, model: LanguageModel, config: Mapping[str, Any], brief: Brief) -> None:
        self.version = version_of("prompted", wording.VERSION, model, config, brief)
        self._model, self._brief = model, brief_for_model(config, brief)
        self._wants_rationale = bool(config.get("rationale"))
        self._reader = reader = Reader(config, self._brief)
        self._askers = askers(model, config, self._brief, config.get("instructions") or "", reader.references)

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        started = time.perf_counter()
        questions = [asker.question for asker in self._askers]
        ballots = ballots_on(self._askers, items, self._reader.subjects)
        results = [combined(item.id, questions, of_item) for item, of_item in zip(items, ballots, strict=True)]
        if self._wants_rationale:
            results = self._explained([self._text(item) for item in items], results)
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [replace(result, seconds=seconds) if isinstance(result, Prediction) else result for result in results]

    def _text(self, item: ItemText) -> str:
        return wording.fenced(wording.item_text(item, self._brief.fields))

    def _explained(self, texts: Sequence[str], results: list[Prediction | Failure]) -> list[Prediction | Failure]:
        """Put the model's own sentence before the scores; where it has none to offer, the scores stand alone."""
        question = self._brief.questions[0]
        voted = [(row, result) for row, result in enumerate(results) if isinstance(result, Prediction)]
        prompts = [
            wording.rationale_prompt(self._brief, question, texts[row], result.answers[question.name])
            for row, result in voted
        ]
        try:
            replies = self._model.generate(prompts, max_tokens=RATIONALE_TOKENS)
        except ModelError:
            return results
        for (row, result), reply in zip(voted, replies, strict=True):
            if isinstance(reply, Reply) and reply.text.strip():
                sentence = " ".join(reply.text.replace("\0", "").split())[:500]
                results[row] = replace(
                    result,
                    rationale=f"{sentence} ({result.rationale})",
                    tokens=result.tokens + reply.tokens_in + reply.tokens_out,
                )
        return results
