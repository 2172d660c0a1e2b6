"""Several judges of one dispute: who is asked what next, what each said, and what it amounts to.

A bench keeps nothing of a debate between two calls: what is pending follows from the turns that were taken. So whoever
keeps the turns can stop anywhere and go on, and pays for none of them twice.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from annotation.llms import LanguageModel
from annotation.questions import Answer, Answers, Distribution, Question, Shape, is_asked, type_of

from . import wording
from .asking import Asker, Subject, Wording
from .base import Brief, Dispute, Failure, Prediction, Vote
from .calibration import CONTENT_FREE
from .config import brief_for_model
from .exemplars import is_answered
from .judge import DUTY, undecided
from .perturbing import PLAIN, Listing, Variation
from .pooling import Ballot, Spoilt

FORWARD, REVERSED = "forward", "reversed"
# As it is usually put; listed, so that there is an order to turn round.
ORDERS = {
    "": PLAIN,
    FORWARD: Variation(FORWARD, True, True, Listing.FORWARD, 0),
    REVERSED: Variation(REVERSED, True, True, Listing.REVERSED, 0),
}
DEBATING = f"{DUTY} Keep to your own reading unless somebody points to words of the text that speak against it."


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one speaker (by place, from 0) in one round (from 1). `order`: a key of ORDERS."""

    round: int
    speaker: int
    question: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a call. `failure` says why there is no answer, where there is none; nothing is guessed for it."""

    call: Call
    seed: int
    """Of the order in which votes and statements were shown."""
    answer: Answer | None = None
    distribution: Distribution | None = None
    confidence: float = 0.0
    rationale: str = ""
    raw_reply: str = ""
    tokens: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a speaker says in one round: the turns that count, by question, and the questions they cannot decide."""

    given: Mapping[str, Turn]
    undecided: frozenset[str] = frozenset()

    @property
    def answers(self) -> Answers:
        return {name: turn.answer for name, turn in self.given.items()}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A judge at the table. `llm` names what its calls go to, `slots` how many of those at a time."""

    model: LanguageModel
    config: Mapping[str, Any]
    llm: str
    slots: int = 1


def is_pairwise(question: Question) -> bool:
    """One of two: whoever leans to a place answers it otherwise when the two change places."""
    return len(question.values) == 2 and type_of(question).shape in (Shape.ONE, Shape.ORDER)


def orders_of(question: Question) -> tuple[str, ...]:
    return (FORWARD, REVERSED) if is_pairwise(question) else ("",)


class Bench:
    """Speakers that are asked in turn over at most `rounds` rounds; in one round they read the votes and no more."""

    def __init__(self, speakers: Sequence[Speaker], brief: Brief, rounds: int, version: str) -> None:
        self.version = version
        self.speakers = speakers
        self.rounds = rounds
        self._brief = brief
        self._questions = {question.name: question for question in brief.questions}

    def pending(self, turns: Sequence[Turn]) -> list[Call]:
        """What can be asked now, side by side; nothing once all agree, or the last round is over."""
        taken = {turn.call: turn for turn in turns}
        for number in range(1, self.rounds + 1):
            calls = [call for speaker in self._present(number, taken) for call in self._next(number, speaker, taken)]
            if calls or self._agree(number, taken):
                return calls
        return []

    def ask(self, call: Call, dispute: Dispute, turns: Sequence[Turn]) -> Turn | Failure:
        """One call to one model. A Failure where it may be asked again; what failed for good is a turn."""
        seed = _seed(dispute.item.id, call)
        text = self._text(call, dispute, turns, seed)
        (ballot,) = self._askers[call.speaker, call.question, call.order].ask([Subject(text, (), dispute.item.fields)])
        if isinstance(ballot, Spoilt):
            if ballot.retryable:
                return Failure(
                    dispute.item.id, ballot.reason, ballot.raw_reply, True, ballot.tokens, ballot.retry_after
                )
            return Turn(call, seed, raw_reply=ballot.raw_reply, tokens=ballot.tokens, failure=ballot.reason)
        return Turn(
            call,
            seed,
            answer=ballot.answer,
            distribution=ballot.distribution,
            confidence=ballot.confidence,
            rationale=ballot.reason or self._in_figures(call, ballot),
            raw_reply=ballot.raw_reply,
            tokens=ballot.tokens,
        )

    def verdict(self, dispute: Dispute, turns: Sequence[Turn], *, seconds: float = 0.0) -> Prediction | Failure:
        """What the last whole round amounts to; each question takes more than half of the speakers.

        Who is undecided makes the verdict less sure by their share.
        """
        item, tokens = dispute.item.id, sum(turn.tokens for turn in turns)
        taken = {turn.call: turn for turn in turns}
        number = self._last_whole(taken)
        said = [self._statement(number, speaker, taken) for speaker in self._present(number, taken)] if number else []
        answers: Answers = {}
        shares: dict[str, Distribution] = {}
        sure: list[float] = []
        told: list[str] = []
        for name, question in self._questions.items():
            if not is_asked(question, answers, self._questions):
                continue
            kind, given = type_of(question), [each.given[name] for each in said if name in each.given]
            if 2 * len(given) <= len(self.speakers):
                reason = f"{question.title}: only {len(given)} of {len(self.speakers)} speakers came to a verdict."
                return Failure(item, reason, _failures(turns), False, tokens)
            votes = [(kind.vote(question, turn.answer, turn.distribution), 1.0) for turn in given]
            fused = kind.aggregate(question, votes, dispute.item.fields)
            answers[name], shares[name] = fused.answer, dict(fused.distribution)
            sure.append(fused.posterior * len(given) / len(self.speakers))
            told.append(wording.rationale(question, fused.answer, fused.distribution, fused.posterior))
        return Prediction(
            item=item,
            answers=answers,
            distribution=shares,
            confidence=min(sure),
            rationale=f"{len(self.speakers)} speakers, round {number}: {'; '.join(told)}",
            raw_reply="",
            tokens=tokens,
            seconds=seconds,
        )

    def _next(self, number: int, speaker: int, taken: Mapping[Call, Turn]) -> list[Call]:
        """What this speaker is to be asked next in this round: a question at a time, both orders of it at once."""
        answers: Answers = {}
        for name, question in self._questions.items():
            if not is_asked(question, answers, self._questions):
                continue
            calls = [Call(number, speaker, name, order) for order in orders_of(question)]
            missing = [call for call in calls if call not in taken]
            if missing:
                return missing
            turn = _settled(question, [taken[call] for call in calls])
            if turn is not None:
                answers[name] = turn.answer
        return []

    def _statement(self, number: int, speaker: int, taken: Mapping[Call, Turn]) -> Statement:
        given: dict[str, Turn] = {}
        torn = []
        for name, question in self._questions.items():
            turns = [taken.get(Call(number, speaker, name, order)) for order in orders_of(question)]
            whole = [turn for turn in turns if turn is not None and not turn.failure]
            if not whole or len(whole) < len(turns):
                continue
            turn = _settled(question, whole)
            if turn is None:
                torn.append(name)
            else:
                given[name] = turn
        return Statement(given, frozenset(torn))

    def _agree(self, number: int, taken: Mapping[Call, Turn]) -> bool:
        said = [self._statement(number, speaker, taken) for speaker in self._present(number, taken)]
        if not said or any(each.undecided for each in said) or len({frozenset(each.given) for each in said}) > 1:
            return False
        return all(
            type_of(question).distance(question, said[0].given[name].answer, each.given[name].answer) == 0
            for name, question in self._questions.items()
            if name in said[0].given
            for each in said[1:]
        )

    def _last_whole(self, taken: Mapping[Call, Turn]) -> int:
        """The last round that everybody took part in to its end; 0 where there is none."""
        whole = 0
        for number in sorted({call.round for call in taken}):
            present = self._present(number, taken)
            if not present or any(self._next(number, speaker, taken) for speaker in present):
                break
            whole = number
        return whole

    def _present(self, number: int, taken: Mapping[Call, Turn]) -> list[int]:
        """Who is still at the table: whoever failed leaves it, because half a statement is none."""
        return [speaker for speaker in range(len(self.speakers)) if not self._failed(number, speaker, taken)]

    def _failed(self, number: int, speaker: int, taken: Mapping[Call, Turn]) -> bool:
        return any(turn.failure and call.speaker == speaker and call.round <= number for call, turn in taken.items())

    def _text(self, call: Call, dispute: Dispute, turns: Sequence[Turn], seed: int) -> str:
        question = self._questions[call.question]
        draw = random.Random(seed)
        votes = [vote for vote in dispute.votes if is_answered(question, vote.answers, dispute.item.fields)]
        votes = _shuffled(votes, question, draw)
        taken = {turn.call: turn for turn in turns}
        before = [self._statement(call.round - 1, speaker, taken) for speaker in self._present(call.round - 1, taken)]
        heard = [
            Vote({question.name: each.given[question.name].answer}, each.given[question.name].rationale)
            if question.name in each.given
            else Vote({})
            for each in before
            if question.name in each.given or question.name in each.undecided
        ]
        fields = _turned(self._brief.fields, question) if call.order == REVERSED else self._brief.fields
        text = wording.fenced(wording.item_text(dispute.item, fields))
        return wording.debate_text(text, question, votes, _shuffled(heard, question, draw))

    def _in_figures(self, call: Call, ballot: Ballot) -> str:
        question = self._questions[call.question]
        return wording.rationale(question, ballot.answer, ballot.distribution, ballot.confidence)

    @cached_property
    def _askers(self) -> dict[tuple[int, str, str], Asker]:
        return {
            (place, name, order): _asker(speaker, self._brief, question, order)
            for place, speaker in enumerate(self.speakers)
            for name, question in self._questions.items()
            for order in orders_of(question)
        }


def _asker(speaker: Speaker, brief: Brief, question: Question, order: str) -> Asker:
    config, told = speaker.config, brief_for_model(speaker.config, brief)
    extra = f"{config.get('instructions') or ''}\n\n{DEBATING}"
    variation, reasoned = ORDERS[order], not speaker.model.scores_options
    lead = (config.get("lead") or "").strip()

    def scoring(subject: Subject) -> Any:
        listed = bool(config.get("list_options"))
        return wording.scoring_prompt(
            told, question, extra, subject.text, list_options=listed, lead=lead, variation=variation
        )

    def replying(subject: Subject) -> Any:
        return wording.reply_prompt(told, question, extra, subject.text, variation=variation, reasoned=reasoned)

    def references() -> list[Subject]:
        return [Subject(undecided(question, text)) for text in CONTENT_FREE]

    return Asker(speaker.model, question, [Wording(variation.name, scoring, replying)], references, reasoned)


def _settled(question: Question, turns: Sequence[Turn]) -> Turn | None:
    """What a speaker holds who was asked in every order; None where the answer turned with the order."""
    if any(turn.failure for turn in turns):
        return None
    first, *others = turns
    distance = type_of(question).distance
    if any(distance(question, first.answer, other.answer) for other in others):
        return None
    keys = {key for turn in turns for key in turn.distribution or {}}
    mean = {key: sum((turn.distribution or {}).get(key, 0.0) for turn in turns) / len(turns) for key in sorted(keys)}
    return replace(first, distribution=mean, confidence=sum(turn.confidence for turn in turns) / len(turns))


def _shuffled(votes: Sequence[Vote], question: Question, draw: random.Random) -> list[Vote]:
    # Sorted before shuffling: the order in which rows came from the database must not matter.
    placed = sorted(votes, key=lambda vote: (repr(vote.answers.get(question.name)), vote.rationale))
    draw.shuffle(placed)
    return placed


def _turned(fields: tuple[dict[str, str], ...], question: Question) -> tuple[dict[str, str], ...]:
    """The fields that are compared, in each other's places."""
    compared = iter([field for field in fields if field["name"] in question.values][::-1])
    return tuple(next(compared) if field["name"] in question.values else field for field in fields)


def _seed(item: int, call: Call) -> int:
    """Drawn anew for every round and speaker, and the same for both orders: nothing else may change between them."""
    drawn = hashlib.sha256(f"{item} {call.question} {call.round} {call.speaker}".encode()).digest()
    return int.from_bytes(drawn[:4])


def _failures(turns: Sequence[Turn]) -> str:
    """What models said that was no answer, for whoever looks into it."""
    return "\n".join(f"{turn.failure} {turn.raw_reply}".strip() for turn in turns if turn.failure)[:20_000]
