"""Put one question about many texts to a model, by scoring its options or by parsing its reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from annotation.llms import LanguageModel, ModelError, Prompt, Reply
from annotation.questions import Distribution, Fields, InvalidAnswer, Question, type_of

from .calibration import bias_of, calibrated
from .pooling import Ballot, Spoilt, pooled, shortened
from .wording import Shown


@dataclass(frozen=True, slots=True)
class Subject:
    """What one prompt is about: a text, fenced, and the answered examples that stand before it."""

    text: str
    examples: tuple[Shown, ...] = ()
    fields: Fields = field(default_factory=dict, compare=False)
    """What the item shows, as it stands: replies quote it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to put a question, to a model whose options are scored and to one that replies."""

    name: str
    scoring: Callable[[Subject], Prompt]
    replying: Callable[[Subject], Prompt]


@dataclass(frozen=True)
class Asker:
    """One choice question, put to one model in one or more wordings.

    `references`: the subjects whose scores are the bias, worked out when it is first needed.
    """

    model: LanguageModel
    question: Question
    wordings: Sequence[Wording]
    references: Callable[[], Sequence[Subject]]
    _biases: dict[str, np.ndarray] = field(default_factory=dict, init=False)

    def ask(self, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        """One result per subject, in order."""
        rounds = [self._round(wording, subjects) for wording in self.wordings]
        if len(rounds) == 1:
            return rounds[0]
        names = [wording.name for wording in self.wordings]
        return [pooled(self.question, names, ballots) for ballots in zip(*rounds, strict=True)]

    def _round(self, wording: Wording, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        if not subjects:
            return []
        try:
            return self._score(wording, subjects) if self.model.scores_options else self._reply(wording, subjects)
        except ModelError as error:
            return [_spoilt(error)] * len(subjects)

    def _bias(self, wording: Wording) -> np.ndarray:
        """[k], once per asker and wording."""
        if wording.name not in self._biases:
            prompts = [wording.scoring(subject) for subject in self._references]
            self._biases[wording.name] = bias_of(self.model.choose(prompts, self._options).logprobs)
        return self._biases[wording.name]

    @cached_property
    def _references(self) -> Sequence[Subject]:
        return self.references()

    @cached_property
    def _options(self) -> list[str]:
        """What is scored: titles, because they are words; values where two titles are the same."""
        titles = [option.title for option in self.question.options]
        # The space belongs to the option: it follows the lead's last word.
        return [f" {word}" for word in (titles if len(set(titles)) == len(titles) else self.question.values)]

    def _score(self, wording: Wording, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        scores = self.model.choose([wording.scoring(subject) for subject in subjects], self._options)
        probabilities = calibrated(scores.logprobs, self._bias(wording))
        values = self.question.values
        return [
            Ballot(
                answer=values[int(probabilities[row].argmax())],
                distribution={value: float(share) for value, share in zip(values, probabilities[row], strict=True)},
                raw_reply=json.dumps(
                    {"logprobs": dict(zip(values, scores.logprobs[row].round(4).tolist(), strict=True))}
                ),
                tokens=int(scores.tokens[row]),
                read=float(scores.read[row]),
            )
            for row in range(len(subjects))
        ]

    def _reply(self, wording: Wording, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        question_type = type_of(self.question)
        schema = question_type.reply_schema(self.question)
        results: list[Ballot | Spoilt] = []
        replies = self.model.generate([wording.replying(subject) for subject in subjects], schema=schema)
        for subject, reply in zip(subjects, replies, strict=True):
            if isinstance(reply, ModelError):
                results.append(_spoilt(reply))
                continue
            tokens, raw = reply.tokens_in + reply.tokens_out, shortened(reply.text)
            try:
                answer = question_type.parse(self.question, _without_confidence(reply.text), subject.fields)
            except InvalidAnswer as error:
                results.append(Spoilt(str(error), raw, tokens=tokens))
                continue
            results.append(Ballot(answer, self._spread(answer, reply), raw, tokens))
        return results

    def _spread(self, answer: str, reply: Reply) -> Distribution:
        """What the model gave each option; else what it gave its answer, all without a probability, the rest evenly."""
        if reply.shares is not None and set(reply.shares) == set(self.question.values):
            return dict(reply.shares)
        others = len(self.question.options) - 1
        share = 1.0 if reply.confidence is None else reply.confidence
        return {value: share if value == answer else (1 - share) / others for value in self.question.values}


def _without_confidence(reply: str) -> str:
    """An answer beside which the model says how sure it is, without that: it is kept in the raw reply and used nowhere.

    What models say of their own certainty hardly varies with being right (Xiong et al. 2024, arXiv:2306.13063).
    """
    try:
        pairs = json.loads(reply, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return reply
    if not isinstance(pairs, tuple) or sorted(key for key, _ in pairs) != ["answer", "confidence"]:
        return reply
    said = dict(pairs)
    plain = isinstance(said["answer"], str) and isinstance(said["confidence"], int | float)
    return json.dumps({"answer": said["answer"]}) if plain else reply


def _spoilt(error: ModelError) -> Spoilt:
    return Spoilt(str(error), retryable=error.retryable, retry_after=getattr(error, "retry_after", None))
