"""The configuration that every labeler with a language model shares."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from annotation.llms import BACK_ENDS, Endpoint, LanguageModel, Permanent, get_model, reach
from annotation.llms.endpoints import MOST_SAMPLES, OPENAI
from annotation.llms.scripted import check_script
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number

from .base import Brief, InvalidConfig
from .exemplars import MOST as MOST_EXAMPLES
from .perturbing import VARIATIONS

INSTRUCTIONS_CHARACTERS = 4_000
# `lead`: the sentence that the options complete; `guidelines`: false keeps them from the model.
# `samples`: how often a model behind an endpoint is asked where it offers no log-probabilities.
SCORING_KEYS = {"instructions": str, "guidelines": bool, "lead": str, "list_options": bool, "samples": int}
# `perturbations`: in how many wordings each question is put; `examples`: how many answered items each prompt shows,
# `nearest`: those most like the item instead of the same ones for all, which costs a prefix of its own per item.
PROMPT_KEYS = {**SCORING_KEYS, "perturbations": int, "examples": int, "nearest": bool}
HIGHEST = {"perturbations": len(VARIATIONS), "examples": MOST_EXAMPLES, "samples": MOST_SAMPLES}
CONNECTION_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
TYPE_NAMES = {str: gettext_noop("text"), bool: gettext_noop("true or false"), int: gettext_noop("a whole number")}


def check_keys(config: object, allowed: Mapping[str, type]) -> None:
    """Raise InvalidConfig for anything but these keys with values of these types, plus `llm` and `script`.

    A back end is named, never addressed: no key takes a URL, a path or a key, because those are the administrator's.
    What a name stands for is for workflow to know; it puts an Endpoint in the place of a connection's name, which no
    configuration that came as JSON can hold.
    """
    if not isinstance(config, Mapping):
        raise InvalidConfig(_("The configuration must be an object."))
    unknown = set(config) - set(allowed) - {"llm", "script"}
    if unknown:
        known = ", ".join(["llm", *allowed])
        raise InvalidConfig(
            _("Unknown settings: %(names)s. Known: %(known)s.")
            % {"names": ", ".join(sorted(map(str, unknown)))[:200], "known": known}
        )
    for key, expected in allowed.items():
        # `type`, not isinstance: true is no number.
        if key in config and type(config[key]) is not expected:
            raise InvalidConfig(_("“%(key)s” must be %(type)s.") % {"key": key, "type": _(TYPE_NAMES[expected])})
        if key in HIGHEST and not 0 <= config.get(key, 0) <= HIGHEST[key]:
            raise InvalidConfig(_("“%(key)s” must be from 0 to %(highest)s.") % {"key": key, "highest": HIGHEST[key]})
    if len(config.get("instructions") or "") > INSTRUCTIONS_CHARACTERS:
        raise InvalidConfig(
            _("“instructions” can have at most %(instructions_characters)s characters.")
            % {"instructions_characters": number(INSTRUCTIONS_CHARACTERS)}
        )
    llm = config.get("llm")
    if not isinstance(llm, Endpoint) and not (isinstance(llm, str) and CONNECTION_NAME.fullmatch(llm)):
        raise InvalidConfig(
            _("“llm” must be %(names)s or a connection's name, not %(llm)s.")
            % {"names": ", ".join(BACK_ENDS), "llm": repr(str(llm)[:80])}
        )
    if "script" in config:
        if llm != "scripted":
            raise InvalidConfig(_("“script” belongs to the scripted model alone."))
        try:
            check_script(config["script"])
        except Permanent as error:
            raise InvalidConfig(str(error)) from error


def brief_for_model(config: Mapping[str, Any], brief: Brief) -> Brief:
    """The brief without its guidelines, where the configuration keeps them from the model."""
    return replace(brief, guidelines="") if config.get("guidelines", True) is False else brief


def model_of(config: Mapping[str, Any]) -> LanguageModel:
    """The back end a checked configuration names; loads it. Raises InvalidConfig where it is not to be had."""
    if isinstance(config["llm"], Endpoint):
        if config["llm"].kind != OPENAI:
            raise InvalidConfig(_("“%(name)s” is no language model.") % {"name": config["llm"].name})
        return reach(config["llm"])
    try:
        return get_model(config["llm"], config.get("script", {}))
    except Permanent as error:
        raise InvalidConfig(str(error)) from error


def version_of(kind: str, template: int, model: LanguageModel, config: Mapping[str, Any], brief: Brief) -> str:
    """A fingerprint of everything that decides a vote besides the item."""
    llm = config.get("llm")
    named = {**config, "llm": llm.name} if isinstance(llm, Endpoint) else dict(config)
    parts = [kind, template, model.digest, named, asdict(brief)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:16]
