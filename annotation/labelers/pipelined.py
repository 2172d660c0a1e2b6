"""Classification models that an administrator has named: one trained on labels of its own, or one of inference."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from annotation.llms import ModelError, Permanent
from annotation.llms.classifiers import SETTING, Classifier, Shares, classifier_names, get_classifier
from annotation.questions import Question

from . import wording
from .base import Brief, Failure, InvalidConfig, ItemText, Prediction
from .config import check_brief

HYPOTHESIS = "This example is {}."
HYPOTHESIS_CHARACTERS = 200
MOST_LABELS = 1_000
LABEL_CHARACTERS = 200


class TextClassification:
    """The registry's entry. Configuration: `classifier` (a name), `labels` (model label → option value).

    Without `labels` each of the model's labels is matched with the option of the same value or title.
    """

    title = "Text classifier"
    description = "A model trained on labels of its own, which stand for the question's options."
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        _check_keys(config, {"labels"})
        labels = config.get("labels", {})
        if not isinstance(labels, Mapping) or len(labels) > MOST_LABELS:
            raise InvalidConfig("“labels” must be an object: the model's label → the option's value.")
        if not all(isinstance(text, str) and len(text) <= LABEL_CHARACTERS for pair in labels.items() for text in pair):
            raise InvalidConfig(f"“labels” holds texts of at most {LABEL_CHARACTERS} characters.")

    def build(self, config: Mapping[str, Any], brief: Brief) -> PipelinedLabeler:
        check_brief(brief)
        if len(brief.questions) != 1:
            raise InvalidConfig("A text classifier answers one question, and this project has more.")
        (question,) = brief.questions
        model = _load("text-classification", config["classifier"])
        columns = _columns(model.labels, question, config.get("labels", {}))

        def ask(asked: Question, texts: Sequence[str]) -> Shares:
            found = model.classify(texts)
            return Shares(found.probabilities @ columns, found.tokens, found.read)

        return PipelinedLabeler("text_classification", model, config, brief, ask)


class ZeroShot:
    """The registry's entry. Configuration: `classifier` (a name), `hypothesis` (with “{}” for the option's title)."""

    title = "Zero-shot classifier"
    description = "A model of inference, asked for each option whether the text entails it; it needs no examples."
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        _check_keys(config, {"hypothesis"})
        hypothesis = config.get("hypothesis", HYPOTHESIS)
        if not isinstance(hypothesis, str) or "{}" not in hypothesis or len(hypothesis) > HYPOTHESIS_CHARACTERS:
            raise InvalidConfig(
                f"“hypothesis” is a sentence of at most {HYPOTHESIS_CHARACTERS} characters with {{}} for the option."
            )

    def build(self, config: Mapping[str, Any], brief: Brief) -> PipelinedLabeler:
        check_brief(brief)
        model = _load("zero-shot-classification", config["classifier"])
        hypothesis = config.get("hypothesis", HYPOTHESIS)

        def ask(asked: Question, texts: Sequence[str]) -> Shares:
            return model.classify(texts, [option.title for option in asked.options], hypothesis=hypothesis)

        return PipelinedLabeler("zero_shot", model, config, brief, ask)


class PipelinedLabeler:
    """Votes with a classifier. `ask`: a question and n texts → the [n, k] shares of its options."""

    def __init__(self, kind: str, model: Classifier, config: Mapping[str, Any], brief: Brief, ask: Any) -> None:
        # Neither guidelines nor examples reach such a model.
        decisive = [kind, model.digest, dict(config), [asdict(each) for each in brief.questions], brief.fields]
        self.version = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
        self._brief, self._ask = brief, ask

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        if not items:
            return []
        started = time.perf_counter()
        texts = [wording.item_text(item, self._brief.fields) for item in items]
        try:
            found = [self._ask(question, texts) for question in self._brief.questions]
        except ModelError as error:
            return [Failure(item.id, str(error), "", error.retryable, 0) for item in items]
        seconds = (time.perf_counter() - started) / len(items)
        return [self._predicted(item, row, found, seconds) for row, item in enumerate(items)]

    def _predicted(self, item: ItemText, row: int, found: Sequence[Shares], seconds: float) -> Prediction:
        asked = list(zip(self._brief.questions, found, strict=True))
        distribution = {
            question.name: dict(zip(question.values, shares.probabilities[row].tolist(), strict=True))
            for question, shares in asked
        }
        rationale = "; ".join(wording.shares(question, distribution[question.name]) for question, _ in asked)
        read = min(float(shares.read[row]) for shares in found)
        if read < 1:
            rationale += f". Only the first {read:.0%} of the text was read.".replace("%", " %")
        return Prediction(
            item=item.id,
            answers={
                question.name: question.values[int(shares.probabilities[row].argmax())] for question, shares in asked
            },
            distribution=distribution,
            confidence=min(float(shares.probabilities[row].max()) for shares in found),
            rationale=rationale,
            raw_reply=json.dumps({"probabilities": distribution}),
            tokens=int(sum(shares.tokens[row] for shares in found)),
            seconds=seconds,
        )


def _check_keys(config: Mapping[str, Any], others: set[str]) -> None:
    """Raise InvalidConfig. A model is named, never addressed: paths and hub ids are the administrator's."""
    if not isinstance(config, Mapping):
        raise InvalidConfig("The configuration must be an object.")
    if unknown := set(config) - others - {"classifier"}:
        known = ", ".join(["classifier", *sorted(others)])
        raise InvalidConfig(f"Unknown settings: {', '.join(sorted(map(str, unknown)))[:200]}. Known: {known}.")
    try:
        names = classifier_names()
    except Permanent as error:
        raise InvalidConfig(str(error)) from error
    if config.get("classifier") not in names:
        known = ", ".join(names) or f"none; an administrator names them in {SETTING}"
        raise InvalidConfig(f"“classifier” must be one of those this site has ({known}).")


def _load(task: str, name: str) -> Classifier:
    try:
        return get_classifier(task, name)
    except Permanent as error:
        raise InvalidConfig(str(error)) from error


def _columns(labels: Sequence[str], question: Question, given: Mapping[str, str]) -> np.ndarray:
    """[model labels, options] with a 1 where a label stands for an option. Raises InvalidConfig.

    Every label must stand for one: what a model means by one that does not would have to be guessed.
    """
    alike = {word.casefold(): option.value for option in question.options for word in (option.title, option.value)}
    meant = {label: given.get(label, alike.get(label.casefold()) if not given else None) for label in labels}
    if missing := [label for label, value in meant.items() if value is None]:
        raise InvalidConfig(
            f"“labels” must say which option these labels of the model stand for: {', '.join(missing)}."
        )
    if unknown := set(given) - set(labels):
        raise InvalidConfig(f"“labels” names what the model does not have: {', '.join(sorted(unknown))}.")
    if strange := {str(value) for value in meant.values()} - set(question.values):
        raise InvalidConfig(f"“labels” names options that the question does not have: {', '.join(sorted(strange))}.")
    columns = np.zeros((len(labels), len(question.values)))
    for row, label in enumerate(labels):
        columns[row, question.values.index(str(meant[label]))] = 1
    return columns
