"""Preference pairs as TRL's DPO and reward trainers have them: a prompt, the chosen and the rejected response.

Read in all three ways in which they come: texts, lists of messages, and two whole conversations that begin alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Setting, Shape, Sink, SourceVote, Unwritable, Written
from .canonical import canonical_json
from .chat import conversation
from .dialogue import Dialogue, dialogue_of, left_out, ranking_of
from .object_formats import ObjectFormat, Translated
from .tool_records import Unusable
from .turns import ASSISTANT, Turn, is_conversation, speech_of

QUESTION = "preference"
FIRST, SECOND = "response_a", "response_b"


class Preference(ObjectFormat):
    """Reader and writer of chosen and rejected responses."""

    name = "preference"
    title = gettext_noop("Preference pairs (TRL, DPO)")
    settings: tuple[Setting, ...] = (
        Setting(
            "style",
            gettext_noop("Prompts and responses are"),
            (
                ("plain", gettext_noop("Texts")),
                ("conversational", gettext_noop("Lists of messages")),
                ("whole", gettext_noop("Two whole conversations")),
            ),
        ),
        Setting(
            "pairs",
            gettext_noop("Of more than two responses"),
            (("ends", gettext_noop("The best and the worst")), ("all", gettext_noop("Every pair that is decided"))),
        ),
    )

    def recognises(self, record: dict[str, Any]) -> bool:
        return all(
            isinstance(record.get(key), str) or is_conversation(record.get(key)) for key in ("chosen", "rejected")
        )

    def translate(self, record: dict[str, Any]) -> Translated:
        """Columns `prompt` (and `messages`, where it is a conversation), `response_a`, `response_b`; and the vote.

        Which of the two is shown first is drawn from the record's content, so that the place gives nothing away.
        """
        turns, chosen, rejected, losses = _read(record)
        if not chosen.strip() or not rejected.strip():
            raise Unusable(_("One of the two responses is empty."))
        swapped = hashlib.sha256(canonical_json([chosen, rejected])).digest()[0] % 2 == 1
        first, second = (rejected, chosen) if swapped else (chosen, rejected)
        order = [[SECOND], [FIRST]] if swapped else [[FIRST], [SECOND]]
        prompt = turns if isinstance(turns, str) else speech_of(turns)
        values: dict[str, Any] = {"prompt": prompt, FIRST: first, SECOND: second}
        if isinstance(turns, list):
            values["messages"] = turns
        taken = {*values, "chosen", "rejected"}
        values |= {name: value for name, value in record.items() if name not in taken}
        return values, (SourceVote("", {QUESTION: order}),), losses

    def leaves_out(self, shape: Shape) -> list[str]:
        ranking = ranking_of(shape)
        if ranking is None:
            return [_nothing_ranked()]
        return [*left_out(shape, (ranking,)), _("Ties: a pair says which response is better.")]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A line each pair of responses of which one was ranked higher."""
        if ranking_of(shape) is None:
            raise Unwritable(_nothing_ranked())
        dialogue = dialogue_of(shape)
        style = settings.get("style", "plain")
        written = Written()
        for record in records:
            tiers = _tiers(dialogue, shape, record)
            pairs = list(_pairs(tiers, every=settings.get("pairs") == "all"))
            if not pairs:
                sentence = (
                    _("An item whose responses tie: left out.") if tiers else _("An item without a decision: left out.")
                )
                written.losses[sentence] += 1
                continue
            ties = sum(len(tier) * (len(tier) - 1) // 2 for tier in tiers)
            if ties:
                written.losses[_("A tie between two responses: no pair is made of them.")] += ties
            turns = dialogue.turns(record)
            if style == "plain" and len(turns) > 1:
                written.losses[_("A conversation before the responses: joined into one text.")] += 1
            external_id = record.get("external_id")
            for chosen, rejected in pairs:
                line = {**_line(style, turns, chosen, rejected), **({"id": external_id} if external_id else {})}
                target.write(canonical_json(line) + b"\n")
            written.rows += 1
        return written


def _nothing_ranked() -> str:
    return _("Preference pairs need a question that ranks responses which the items show: this project has none.")


def _tiers(dialogue: Dialogue, shape: Shape, record: dict[str, Any]) -> list[list[str]]:
    ranking = ranking_of(shape)
    value = ((record.get("labels") or {}).get(ranking.name) or {}).get("value") if ranking else None
    return dialogue.texts_of(record, value or [])


def _pairs(tiers: list[list[str]], *, every: bool) -> Iterator[tuple[str, str]]:
    """(chosen, rejected); of the ends the first of each tier, where several share it."""
    if every:
        for better, worse in combinations(tiers, 2):
            yield from ((chosen, rejected) for chosen in better for rejected in worse)
    elif len(tiers) > 1:
        yield tiers[0][0], tiers[-1][0]


def _line(style: str, turns: list[Turn], chosen: str, rejected: str) -> dict[str, Any]:
    if style == "plain":
        return {"prompt": speech_of(turns) if turns else "", "chosen": chosen, "rejected": rejected}
    pair = {name: [{"role": ASSISTANT, "content": text}] for name, text in (("chosen", chosen), ("rejected", rejected))}
    if style == "whole":
        return {name: [*turns, *answer] for name, answer in pair.items()}
    return {"prompt": turns, **pair}


def _read(record: dict[str, Any]) -> tuple[str | list[Turn], str, str, tuple[str, ...]]:
    """(prompt, chosen, rejected, losses); the prompt is a text or the turns before the responses."""
    chosen, rejected, prompt = record.get("chosen"), record.get("rejected"), record.get("prompt")
    if isinstance(chosen, str) and isinstance(rejected, str):
        if prompt is None or isinstance(prompt, str):
            return prompt or "", chosen, rejected, ()
        turns, losses = conversation(prompt)
        return turns, chosen, rejected, losses
    better, lost = conversation(chosen)
    worse, more = conversation(rejected)
    shared: list[Turn] = []
    # One turn at least is the response.
    while better[len(shared) + 1 :] and worse[len(shared) + 1 :] and better[len(shared)] == worse[len(shared)]:
        shared.append(better[len(shared)])
    before: str | list[Turn] = shared
    losses = (*lost, *more)
    if isinstance(prompt, str) and not shared:
        before = prompt
    elif isinstance(prompt, list):
        turns, lost = conversation(prompt)
        before, losses = [*turns, *shared], (*losses, *lost)
    answers = [better[len(shared) :], worse[len(shared) :]]
    if any(len(answer) > 1 for answer in answers):
        losses = (*losses, _("A response of several messages: joined into one text."))
    return before, speech_of(answers[0]) if answers[0] else "", speech_of(answers[1]) if answers[1] else "", losses
