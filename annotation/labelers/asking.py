"""Put one question about many texts to a model, by scoring its options or by parsing its reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from annotation.llms import LanguageModel, ModelError, Prompt, Reply
from annotation.questions import Answer, Fields, InvalidAnswer, Question, Shape, type_of

from .calibration import bias_of, calibrated
from .pooling import Ballot, Spoilt, pooled, shortened, spread
from .wording import Shown

# What a reply may take: the name of an option, what might be marked, what might be written.
REPLY_TOKENS = {Shape.ONE: 256, Shape.SCALE: 256, Shape.WRITTEN: 1_024}
OTHER_REPLY_TOKENS = 512
REASON_TOKENS = 160
REASON_CHARACTERS = 1_000


def scores(model_scores: bool, question: Question) -> bool:
    """Whether the question's options are scored, each as a whole answer; otherwise the model replies."""
    return model_scores and type_of(question).shape in (Shape.ONE, Shape.SCALE)


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
    """One question, put to one model in one or more wordings.

    `references`: the subjects whose scores are the bias, worked out when it is first needed. `reasoned`: a model that
    replies says why, before it answers.
    """

    model: LanguageModel
    question: Question
    wordings: Sequence[Wording]
    references: Callable[[], Sequence[Subject]]
    reasoned: bool = False
    _biases: dict[str, np.ndarray] = field(default_factory=dict, init=False)

    def ask(self, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        """One result per subject, in order."""
        rounds = [self._round(wording, subjects) for wording in self.wordings]
        if len(rounds) == 1:
            return rounds[0]
        names = [wording.name for wording in self.wordings]
        return [
            pooled(self.question, names, ballots, subject.fields)
            for subject, *ballots in zip(subjects, *rounds, strict=True)
        ]

    def _round(self, wording: Wording, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        if not subjects:
            return []
        try:
            scored = scores(self.model.scores_options, self.question)
            return self._score(wording, subjects) if scored else self._reply(wording, subjects)
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
        titles = [option.title for option in self.question.offered]
        # The space belongs to the option: it follows the lead's last word.
        return [f" {word}" for word in (titles if len(set(titles)) == len(titles) else self.question.values)]

    def _score(self, wording: Wording, subjects: Sequence[Subject]) -> list[Ballot | Spoilt]:
        scores = self.model.choose([wording.scoring(subject) for subject in subjects], self._options)
        probabilities = calibrated(scores.logprobs, self._bias(wording))
        values, question_type = self.question.values, type_of(self.question)
        shares = [dict(zip(values, row.tolist(), strict=True)) for row in probabilities]
        fused = [question_type.aggregate(self.question, [(each, 1.0)]) for each in shares]
        return [
            Ballot(
                answer=fused[row].answer,
                distribution=shares[row],
                confidence=fused[row].posterior,
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
        most = REPLY_TOKENS.get(question_type.shape, OTHER_REPLY_TOKENS)
        if self.reasoned:
            schema, most = with_reason(schema), most + REASON_TOKENS
        prompts = [wording.replying(subject) for subject in subjects]
        replies = self.model.generate(prompts, schema=schema, max_tokens=most)
        for subject, reply in zip(subjects, replies, strict=True):
            if isinstance(reply, ModelError):
                results.append(_spoilt(reply))
                continue
            tokens, raw = reply.tokens_in + reply.tokens_out, shortened(reply.text)
            said, reason = _without_reason(reply.text) if self.reasoned else (reply.text, "")
            try:
                answer = question_type.parse(self.question, _without_confidence(said), subject.fields)
            except InvalidAnswer as error:
                results.append(Spoilt(str(error), raw, tokens=tokens))
                continue
            results.append(replace(self._ballot(answer, reply, raw, tokens), reason=reason))
        return results

    def _ballot(self, answer: Answer, reply: Reply, raw: str, tokens: int) -> Ballot:
        """With what the model gave each option; else with what it gave its answer, all where it gave no probability."""
        sure = 1.0 if reply.confidence is None else reply.confidence
        shares = reply.shares
        if shares is not None and set(shares) == set(self.question.values):
            return Ballot(answer, dict(shares), sure, raw, tokens)
        return Ballot(answer, spread(self.question, answer, sure), sure, raw, tokens)


def with_reason(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a reply that says why first: what is said last follows from it."""
    properties = {"reason": {"type": "string"}, **schema["properties"]}
    return {**schema, "properties": properties, "required": ["reason", *schema["required"]]}


def _without_reason(reply: str) -> tuple[str, str]:
    """The reply without its reason, and that; whatever else is in it stays, and is no answer then."""
    try:
        said = json.loads(reply, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return reply, ""
    if not isinstance(said, dict) or not isinstance(said.get("reason"), str):
        return reply, ""
    reason = said.pop("reason")
    return json.dumps(said, ensure_ascii=False), " ".join(reason.split())[:REASON_CHARACTERS]


def _without_confidence(reply: str) -> str:
    """An answer beside which the model says how sure it is, without that: it is kept in the raw reply and used nowhere.

    What models say of their own certainty hardly varies with being right (Xiong et al. 2024, arXiv:2306.13063).
    """
    try:
        said = json.loads(reply, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return reply
    if not isinstance(said, dict) or set(said) != {"answer", "confidence"}:
        return reply
    return json.dumps({"answer": said["answer"]}) if isinstance(said["confidence"], int | float) else reply


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("The same key twice.")
    return dict(pairs)


def _spoilt(error: ModelError) -> Spoilt:
    return Spoilt(str(error), retryable=error.retryable, retry_after=getattr(error, "retry_after", None))
