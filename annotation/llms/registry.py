"""The back ends a labeler can name. To add one: write its file, name it here."""

from __future__ import annotations

import importlib
import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .base import LanguageModel, Permanent, Prompt
from .endpoints import Endpoint

# Import strings: a web process that only lists back ends must not pay for torch.
BACK_ENDS: dict[str, str] = {
    "local": "annotation.llms.local.LocalModel",
    "scripted": "annotation.llms.scripted.ScriptedModel",
}
# Not among them, so that no configuration names it: workflow hands over the endpoint that an administrator wrote down.
ENDPOINT = "annotation.llms.openai.EndpointModel"
# Only who fine-tunes pays for what it takes.
TUNING = "annotation.llms.tuning"
# Lessons a step.
ROWS = 8

_loaded: dict[tuple[str, str], LanguageModel] = {}
_reached: dict[str, tuple[Endpoint, LanguageModel]] = {}
_loading = threading.Lock()


def get_model(name: str, config: Mapping[str, Any]) -> LanguageModel:
    """The back end `name` with this configuration, loaded once per process. Raises Permanent."""
    if name not in BACK_ENDS:
        raise Permanent(f"There is no language model “{name}”; known: {', '.join(BACK_ENDS)}.")
    key = (name, json.dumps(config, sort_keys=True))
    with _loading:
        if key not in _loaded:
            _loaded[key] = _imported(BACK_ENDS[name])(config)
        return _loaded[key]


def reach(endpoint: Endpoint) -> LanguageModel:
    """The model behind an endpoint: the same one as long as nothing about the endpoint changes."""
    with _loading:
        known, model = _reached.get(endpoint.name, (None, None))
        if model is None or known != endpoint:
            model = _imported(ENDPOINT)(endpoint)
            _reached[endpoint.name] = endpoint, model
        return model


def tune(
    config: Mapping[str, Any],
    pairs: Sequence[tuple[Prompt, str]],
    *,
    epochs: int,
    seed: int = 0,
    watch: Callable[[int, int], None] | None = None,
) -> LanguageModel:
    """The local model of this configuration, fine-tuned from its base on (prompt, reply) pairs. Raises Permanent."""
    tuning = importlib.import_module(TUNING)
    course = tuning.Course(steps=max(1, math.ceil(len(pairs) * epochs / ROWS)), rows=ROWS, seed=seed)
    return tuning.tuned(config, pairs, course, watch=watch)


def _imported(path: str) -> Any:
    module, _, attribute = path.rpartition(".")
    return getattr(importlib.import_module(module), attribute)
