"""The kinds of model annotators a project can add. To add one: write its file, name it here."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from annotation.llms import Endpoint
from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .base import Brief, InvalidConfig, Judge, Kind, Labeler
from .judge import Judged
from .ml_backend import LabelStudioBackEnd
from .panel import Debate, Panel
from .pipelined import TextClassification, ZeroShot
from .prompted import Prompted
from .recognised import TokenClassification
from .trained import Trained

KINDS: dict[str, Kind] = {
    "prompted": Prompted(),
    "judge": Judged(),
    "trained": Trained(),
    "text_classification": TextClassification(),
    "zero_shot": ZeroShot(),
    "token_classification": TokenClassification(),
    "ml_backend": LabelStudioBackEnd(),
    "panel": Panel(),
    "debate": Debate(),
}
# Made of a project's judges by its policy; nobody adds them by hand.
BENCHES = ("panel", "debate")
KEPT = 8

_built: OrderedDict[str, Any] = OrderedDict()
_building = threading.Lock()


def check_config(kind: str, config: Mapping[str, Any], questions: Sequence[Question] = ()) -> None:
    """Raise InvalidConfig saying what is wrong, with `questions` also where it can answer none; loads no model."""
    _kind(kind).check_config(config)
    if questions:
        _kind(kind).check_questions(config, questions)


def build(kind: str, config: Mapping[str, Any], brief: Brief) -> Labeler | Judge:
    """The labeler of this kind, or the judge where `KINDS[kind].judges`; loads its model. Raises InvalidConfig.

    The last few are kept, with their calibration, because a run asks for the same one chunk after chunk.
    """
    check_config(kind, config, brief.questions)
    key = json.dumps([kind, dict(config), asdict(brief)], sort_keys=True, default=_plain)
    with _building:
        if key not in _built:
            _built[key] = _kind(kind).build(config, brief)
        _built.move_to_end(key)
        while len(_built) > KEPT:
            _built.popitem(last=False)
        return _built[key]


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise InvalidConfig(
            _("There is no labeler kind “%(kind)s”; known: %(names)s.")
            % {"kind": str(kind)[:80], "names": ", ".join(KINDS)}
        )
    return KINDS[kind]


def _plain(value: Any) -> list[Any]:
    """An endpoint with all it has: one whose key or address was changed is another one."""
    return [str(each) for each in asdict(value).values()] if isinstance(value, Endpoint) else list(value)
