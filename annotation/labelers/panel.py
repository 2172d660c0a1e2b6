"""Several judges at once: a panel, which votes, and a debate, which talks first.

What they are made of is in the configuration, whole: `judges`, a list of `{"name": …, and a judge's own settings}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.llms import Endpoint
from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from . import wording
from .base import Brief, InvalidConfig
from .bench import Bench, Speaker
from .config import SCORING_KEYS, check_keys, model_of, version_of

MOST_SPEAKERS = 7
MOST_ROUNDS = 5
VERSION = 1


class Panel:
    """The registry's entry: the judges vote once, each by itself, after reading the votes."""

    kind = "panel"
    title = gettext_noop("Panel of judges")
    description = gettext_noop("Several judges look at a disputed item, each by itself, and vote.")
    judges = True
    learns = False

    def check_config(self, config: Mapping[str, Any]) -> None:
        _check(config)

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """It reads votes of every type."""

    def build(self, config: Mapping[str, Any], brief: Brief) -> Bench:
        return _bench(self.kind, config, brief, 1)


class Debate(Panel):
    """The registry's entry: after each round they read, nameless and shuffled, what the others said."""

    kind = "debate"
    title = gettext_noop("Debate of judges")
    description = gettext_noop("Several judges argue about a disputed item, nameless, until they agree.")

    def build(self, config: Mapping[str, Any], brief: Brief) -> Bench:
        return _bench(self.kind, config, brief, config.get("rounds", MOST_ROUNDS))


def _check(config: Mapping[str, Any]) -> None:
    judges = config.get("judges") if isinstance(config, Mapping) else None
    if not isinstance(judges, list) or not 1 <= len(judges) <= MOST_SPEAKERS or set(config) - {"judges", "rounds"}:
        raise InvalidConfig(
            _("“judges” is a list of 1 to %(most)s judges; beside it there is “rounds”.") % {"most": MOST_SPEAKERS}
        )
    for judge in judges:
        check_keys(judge, {**SCORING_KEYS, "name": str})
    rounds = config.get("rounds", 1)
    if type(rounds) is not int or not 1 <= rounds <= MOST_ROUNDS:
        raise InvalidConfig(_("“rounds” must be from 1 to %(most)s.") % {"most": MOST_ROUNDS})


def _bench(kind: str, config: Mapping[str, Any], brief: Brief, rounds: int) -> Bench:
    speakers, versions = [], []
    for judge in config["judges"]:
        model, llm = model_of(judge), judge["llm"]
        speakers.append(
            Speaker(model, judge, llm.name, llm.concurrency)
            if isinstance(llm, Endpoint)
            else Speaker(model, judge, llm)
        )
        versions.append(version_of(kind, wording.VERSION, model, judge, brief))
    # Rounds are part of it: who may talk longer is another judge.
    return Bench(speakers, brief, rounds, f"{kind}-{VERSION}-{rounds}-" + "-".join(each[:6] for each in versions))
