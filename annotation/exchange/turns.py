"""Conversations as files have them, made `[{role, content}]` of plain text: what a field of type chat shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.questions.speech import gettext as _

from .canonical import canonical_json

Turn = dict[str, str]
USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
# ShareGPT's words for who speaks.
ROLES = {
    "human": USER, "user": USER, "prompter": USER, "gpt": ASSISTANT, "chatgpt": ASSISTANT, "bing": ASSISTANT,
    "bard": ASSISTANT, "assistant": ASSISTANT, "model": ASSISTANT, "function_call": ASSISTANT, "system": SYSTEM,
    "observation": "tool", "tool": "tool",
}  # fmt: skip
_KEYS = {"role", "content", "from", "value", "tool_calls", "function_call"}


class NoConversation(ValueError):
    """Why a value is no conversation; the message is a sentence."""


def is_conversation(value: object) -> bool:
    """Whether it looks like one: a list of objects with role and content, or from and value."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and ({"role", "content"} <= turn.keys() or {"from", "value"} <= turn.keys())
                for turn in value[:3])
    )  # fmt: skip


def turns_of(value: object) -> tuple[list[Turn], tuple[str, ...]]:
    """The turns, and what of them is lost. Raises NoConversation."""
    if not isinstance(value, list) or not value:
        raise NoConversation(_("It holds no conversation: a list of messages with role and content is expected."))
    losses: dict[str, None] = {}
    return [_turn(place, raw, losses) for place, raw in enumerate(value, 1)], tuple(losses)


def speech_of(turns: list[Turn]) -> str:
    """Turns as one text: a single one as it is, several with who speaks before each."""
    if len(turns) == 1:
        return turns[0]["content"]
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)


def _turn(place: int, raw: Any, losses: dict[str, None]) -> Turn:
    if not isinstance(raw, dict):
        raise NoConversation(_("Message %(place)s is no object with role and content.") % {"place": place})
    role = raw.get("role", raw.get("from"))
    if not isinstance(role, str) or not role.strip():
        raise NoConversation(_("Message %(place)s does not say whose it is.") % {"place": place})
    role = ROLES.get(role, role) if "from" in raw else role
    content = _content(place, raw.get("content", raw.get("value")), losses)
    calls = raw.get("tool_calls") or raw.get("function_call")
    if calls:
        losses[_("A call of a tool: written into the message as text.")] = None
        content = f"{content}\n\n{canonical_json(calls).decode()}".lstrip()
    if set(raw) - _KEYS:
        losses[_("What a message says beside its role and content.")] = None
    return {"role": role, "content": content}


def _content(place: int, raw: Any, losses: dict[str, None]) -> str:
    """Text as it is; of a list of parts those that are text."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if not isinstance(raw, list):
        raise NoConversation(
            _("The content of message %(place)s is neither text nor a list of parts.") % {"place": place}
        )
    texts = []
    for part in raw:
        text = part.get("text") if isinstance(part, Mapping) else part
        if isinstance(text, str):
            texts.append(text)
        else:
            losses[_("A part of a message that is no text, such as a picture.")] = None
    return "\n\n".join(texts)
