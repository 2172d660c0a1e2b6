"""What the types that offer options share: which can be asked, how a model is told them, how shares add up."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Distribution, InvalidAnswer, InvalidQuestion, Question
from .speech import gettext as _

MAX_OPTIONS = 200


def check_options(question: Question, least: int = 2, most: int = MAX_OPTIONS) -> None:
    """Raise InvalidQuestion unless so many different options are offered, with different hotkeys."""
    if not least <= len(question.values) or len(question.options) > most:
        raise InvalidQuestion(
            _("Question “%(name)s” needs %(least)s to %(most)s options.")
            % {"name": question.name, "least": least, "most": most}
        )
    values = [option.value for option in question.options]
    if len(set(values)) != len(values):
        raise InvalidQuestion(_("Question “%(name)s” has the same option twice.") % {"name": question.name})
    hotkeys = [option.hotkey for option in question.offered if option.hotkey]
    if len(set(hotkeys)) != len(hotkeys):
        raise InvalidQuestion(_("Question “%(name)s” has two options with the same hotkey.") % {"name": question.name})


def clean_option(question: Question, raw: object) -> str:
    if not isinstance(raw, str):
        raise InvalidAnswer(
            question.name, _("Expected one of the options as text, got %(name)s.") % {"name": type(raw).__name__}
        )
    if raw not in question.values:
        raise InvalidAnswer(
            question.name, _("“%(raw)s” is not an option of “%(title)s”.") % {"raw": raw[:80], "title": question.title}
        )
    return raw


def weighted_shares(keys: Sequence[str], votes: Sequence[tuple[Distribution, float]]) -> Distribution:
    """Each key's share of all weight. What a vote says of other keys, such as a retired option, is left out."""
    weights = dict.fromkeys(keys, 0.0)
    for distribution, weight in votes:
        for key, share in distribution.items():
            if key in weights:
                weights[key] += share * weight
    total = sum(weight for _, weight in votes) or 1.0
    return {key: weight / total for key, weight in weights.items()}


def normalised(shares: Distribution) -> Distribution:
    """Shares that sum to 1, where any is above 0."""
    total = sum(shares.values()) or 1.0
    return {key: share / total for key, share in shares.items()}


def listed(question: Question) -> str:
    """Title, description and options with theirs, for a language model."""
    lines = [question.title, *([question.description] if question.description else []), "Options:"]
    lines += [
        f"- {option.title}" + (f": {option.description}" if option.description else "") for option in question.offered
    ]
    return "\n".join(lines)
