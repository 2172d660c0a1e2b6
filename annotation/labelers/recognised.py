"""Models that an administrator has named and that find names, places and the like in a text."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.llms import ModelError
from annotation.llms.classifiers import Found, Tagger
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import gettext_noop

from . import wording
from .base import Brief, Failure, ItemText, Prediction
from .learners import marked_text
from .meanings import check_labels, meanings
from .pipelined import check_keys, load, question_for, version_of

WHAT = gettext_noop("A token classifier marks spans")


class TokenClassification:
    """The registry's entry. Configuration: `classifier` (a name), `labels` (model label → option value, empty for one
    that is left out), `question` (its name, where several could be meant).

    Without `labels` each of the model's labels is matched with the option of the same value or title.
    """

    title = gettext_noop("Token classifier")
    description = gettext_noop(
        "A model trained to find stretches of a text, such as names, which stand for a question's spans."
    )
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, {"labels", "question"})
        check_labels(config.get("labels", {}))

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        question_for(config, questions, {Shape.MARKS}, WHAT)

    def build(self, config: Mapping[str, Any], brief: Brief) -> RecognisingLabeler:
        question = question_for(config, brief.questions, {Shape.MARKS}, WHAT)
        model = load("token-classification", config["classifier"])
        version = version_of("token_classification", model.digest, config, brief)
        meant = meanings(model.labels, question, config.get("labels", {}), may_leave_out=True)
        return RecognisingLabeler(version, model, question, meant)


class RecognisingLabeler:
    """Votes on one question about spans. `meanings`: the model's label → the option's value, without those left out."""

    def __init__(self, version: str, model: Tagger, question: Question, meanings: Mapping[str, str]) -> None:
        self.version = version
        self._model, self._question, self._meanings = model, question, meanings

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        started = time.perf_counter()
        try:
            found = self._model.tag([marked_text(self._question, item.fields) for item in items])
        except ModelError as error:
            return [Failure(item.id, str(error), "", error.retryable, 0) for item in items]
        seconds = (time.perf_counter() - started) / max(1, len(items))
        return [self._predicted(item, *each, seconds) for item, each in zip(items, found, strict=True)]

    def _predicted(
        self, item: ItemText, found: Sequence[Found], tokens: int, read: float, seconds: float
    ) -> Prediction | Failure:
        question, name = self._question, self._question.name
        shares = {
            f"{each.start}:{each.end}:{self._meanings[each.label]}": each.probability
            for each in found
            if each.label in self._meanings
        }
        # What it finds less likely than not stays in the distribution, as a doubt.
        fused = type_of(question).aggregate(question, [(shares, 1.0)], item.fields)
        return Prediction(
            item=item.id,
            answers={name: fused.answer},
            distribution={name: shares},
            confidence=fused.posterior,
            rationale=wording.rationale(question, fused.answer, shares, fused.posterior) + wording.unread(read),
            raw_reply=json.dumps({"probabilities": shares}),
            tokens=tokens,
            seconds=seconds,
        )
