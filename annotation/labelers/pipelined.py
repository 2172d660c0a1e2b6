"""Classification models that an administrator has named: trained on labels of their own, or on inference."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from annotation.llms import ModelError, Permanent
from annotation.llms.classifiers import SETTING, Classifier, Shares, classifier_names, get_classifier
from annotation.questions import Answers, Question, Shape, is_asked, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from . import wording
from .base import Brief, Failure, InvalidConfig, ItemText, Prediction
from .meanings import check_labels, meanings

HYPOTHESIS = "This example is {}."
HYPOTHESIS_CHARACTERS = 200
WHAT = gettext_noop("A text classifier chooses one of a question's options")
ONE_OF = frozenset({Shape.ONE, Shape.SCALE})
# Where an option by itself is a claim about the text, true or not.
CLAIMS = ONE_OF | {Shape.ANY}


class TextClassification:
    """The registry's entry. Configuration: `classifier` (a name), `labels` (model label → option value), `question`
    (its name, where several could be meant).

    Without `labels` each of the model's labels is matched with the option of the same value or title.
    """

    title = gettext_noop("Text classifier")
    description = gettext_noop("A model trained on labels of its own, which stand for the question's options.")
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, {"labels", "question"})
        check_labels(config.get("labels", {}))

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        question_for(config, questions, ONE_OF, WHAT)

    def build(self, config: Mapping[str, Any], brief: Brief) -> PipelinedLabeler:
        question = question_for(config, brief.questions, ONE_OF, WHAT)
        model = load("text-classification", config["classifier"])
        columns = _columns(model.labels, question, config.get("labels", {}))

        def ask(asked: Question, texts: Sequence[str]) -> Shares:
            found = model.classify(texts)
            return Shares(found.probabilities @ columns, found.tokens, found.read)

        return PipelinedLabeler("text_classification", model, config, brief, [question], ask)


class ZeroShot:
    """The registry's entry. Configuration: `classifier` (a name), `hypothesis` (with “{}” for the option's title)."""

    title = gettext_noop("Zero-shot classifier")
    description = gettext_noop(
        "A model of inference, asked for each option whether the text entails it; it needs no examples."
    )
    judges = False
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        check_keys(config, {"hypothesis"})
        hypothesis = config.get("hypothesis", HYPOTHESIS)
        if not isinstance(hypothesis, str) or "{}" not in hypothesis or len(hypothesis) > HYPOTHESIS_CHARACTERS:
            raise InvalidConfig(
                _("“hypothesis” is a sentence of at most %(hypothesis_characters)s characters with {} for the option.")
                % {"hypothesis_characters": HYPOTHESIS_CHARACTERS}
            )

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """It leaves out questions in which an option is no claim about the text."""
        if not any(type_of(question).shape in CLAIMS for question in questions):
            raise InvalidConfig(_("A zero-shot classifier chooses among options; this project offers none to choose."))

    def build(self, config: Mapping[str, Any], brief: Brief) -> PipelinedLabeler:
        self.check_questions(config, brief.questions)
        model = load("zero-shot-classification", config["classifier"])
        hypothesis = config.get("hypothesis", HYPOTHESIS)

        def ask(asked: Question, texts: Sequence[str]) -> Shares:
            titles = [option.title for option in asked.offered]
            several = not type_of(asked).exclusive
            return model.classify(texts, titles, hypothesis=hypothesis, several=several)

        answered = [question for question in brief.questions if type_of(question).shape in CLAIMS]
        return PipelinedLabeler("zero_shot", model, config, brief, answered, ask)


class PipelinedLabeler:
    """Votes with a classifier. `ask`: one of the `questions` and n texts → the [n, k] shares of its options."""

    def __init__(
        self,
        kind: str,
        model: Classifier,
        config: Mapping[str, Any],
        brief: Brief,
        questions: Sequence[Question],
        ask: Callable[[Question, Sequence[str]], Shares],
    ) -> None:
        self.version = version_of(kind, model.digest, config, brief)
        self._brief, self._questions, self._ask = brief, questions, ask
        self._by_name = {question.name: question for question in brief.questions}

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        if not items:
            return []
        started = time.perf_counter()
        texts = [wording.item_text(item, self._brief.fields) for item in items]
        try:
            found = [self._ask(question, texts) for question in self._questions]
        except ModelError as error:
            return [Failure(item.id, str(error), "", error.retryable, 0) for item in items]
        seconds = (time.perf_counter() - started) / len(items)
        return [self._predicted(item, row, found, seconds) for row, item in enumerate(items)]

    def _predicted(self, item: ItemText, row: int, found: Sequence[Shares], seconds: float) -> Prediction | Failure:
        answers: Answers = {}
        distribution, said, sure = {}, [], 1.0
        for question, shares in zip(self._questions, found, strict=True):
            if not is_asked(question, answers, self._by_name):
                continue
            votes = dict(zip(question.values, shares.probabilities[row].tolist(), strict=True))
            fused = type_of(question).aggregate(question, [(votes, 1.0)], item.fields)
            answers[question.name], distribution[question.name] = fused.answer, votes
            sure = min(sure, fused.posterior)
            said.append(wording.rationale(question, fused.answer, votes, fused.posterior))
        tokens = int(sum(shares.tokens[row] for shares in found))
        if not answers:
            return Failure(item.id, "None of the questions that it answers is asked here.", "", False, tokens)
        return Prediction(
            item=item.id,
            answers=answers,
            distribution=distribution,
            confidence=sure,
            rationale="; ".join(said) + wording.unread(min(float(shares.read[row]) for shares in found)),
            raw_reply=json.dumps({"probabilities": distribution}),
            tokens=tokens,
            seconds=seconds,
        )


def version_of(kind: str, digest: str, config: Mapping[str, Any], brief: Brief) -> str:
    """A fingerprint of what decides a vote: neither guidelines nor examples reach such a model."""
    decisive = [kind, digest, dict(config), [asdict(each) for each in brief.questions], brief.fields]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]


def question_for(
    config: Mapping[str, Any], questions: Sequence[Question], shapes: Collection[Shape], what: str
) -> Question:
    """The one question that a model with labels of its own answers; the others are left out. Raises InvalidConfig."""
    fitting = [question for question in questions if type_of(question).shape in shapes]
    if "question" in config:
        fitting = [question for question in fitting if question.name == config["question"]]
    if not fitting:
        raise InvalidConfig(
            _("%(what)s, and this project has no such question%(called)s.")
            % {"what": _(what), "called": _called(config)}
        )
    if len(fitting) > 1:
        names = ", ".join(question.name for question in fitting)
        raise InvalidConfig(_("“question” must say which one it answers: %(names)s.") % {"names": names})
    if fitting[0].condition:
        raise InvalidConfig(
            _("“%(title)s” depends on the answer to another question, which such a model does not give.")
            % {"title": fitting[0].title}
        )
    return fitting[0]


def _called(config: Mapping[str, Any]) -> str:
    return f" “{str(config['question'])[:80]}”" if "question" in config else ""


def check_keys(config: Mapping[str, Any], others: set[str]) -> None:
    """Raise InvalidConfig. A model is named, never addressed: paths and hub ids are the administrator's."""
    if not isinstance(config, Mapping):
        raise InvalidConfig(_("The configuration must be an object."))
    if unknown := set(config) - others - {"classifier"}:
        known = ", ".join(["classifier", *sorted(others)])
        raise InvalidConfig(
            _("Unknown settings: %(names)s. Known: %(known)s.")
            % {"names": ", ".join(sorted(map(str, unknown)))[:200], "known": known}
        )
    if not isinstance(config.get("question", ""), str):
        raise InvalidConfig(_("“question” is the name of a question."))
    try:
        names = classifier_names()
    except Permanent as error:
        raise InvalidConfig(str(error)) from error
    if config.get("classifier") not in names:
        known = ", ".join(names) or _("none; an administrator names them in %(setting)s") % {"setting": SETTING}
        raise InvalidConfig(_("“classifier” must be one of those this site has (%(known)s).") % {"known": known})


def load(task: str, name: str) -> Any:
    """The model that the administrator calls so. Raises InvalidConfig."""
    try:
        return get_classifier(task, name)
    except Permanent as error:
        raise InvalidConfig(str(error)) from error


def _columns(labels: Sequence[str], question: Question, given: Mapping[str, str]) -> np.ndarray:
    """[model labels, options] with a 1 where a label stands for an option. Raises InvalidConfig."""
    meant = meanings(labels, question, given)
    columns = np.zeros((len(labels), len(question.values)))
    for row, label in enumerate(labels):
        columns[row, question.values.index(meant[label])] = 1
    return columns
