"""A recipe's parameters as somebody chose them: checked one by one, with defaults for what was left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import InvalidParameters, Parameter

TEXT_CHARACTERS = 20_000


def clean_parameters(
    parameters: Sequence[Parameter],
    given: Mapping[str, Any],
    *,
    fields: Sequence[dict[str, str]],
    questions: Sequence[Question],
    documents: Sequence[int] = (),
) -> dict[str, Any]:
    """{name: value} of every parameter. `documents`: ids of those that may be chosen. Raises InvalidParameters."""
    known = {each.name: each for each in parameters}
    unknown = [str(name)[:80] for name in given if name not in known]
    if unknown:
        names = ", ".join(known) or _("none")
        raise InvalidParameters(
            _("There is no parameter “%(name)s” here; known: %(names)s.") % {"name": unknown[0], "names": names},
            unknown[0],
        )
    offered: dict[str, list[Any]] = {
        "question": [each.name for each in questions],
        "field": [each["name"] for each in fields],
        "document": list(documents),
    }
    return {name: _clean(each, given.get(name), offered) for name, each in known.items()}


def _clean(parameter: Parameter, raw: Any, offered: Mapping[str, list[Any]]) -> Any:
    if raw is None or raw == "":
        raw = parameter.default
    if parameter.kind in offered:
        return _one_of(parameter, raw, offered[parameter.kind])
    if parameter.kind == "choice":
        return _one_of(parameter, raw, [value for value, _title in parameter.choices])
    if parameter.kind == "text":
        if not isinstance(raw, str) or "\0" in raw or len(raw) > TEXT_CHARACTERS:
            raise InvalidParameters(
                _("This is text of at most %(most)s characters.") % {"most": number(TEXT_CHARACTERS)}, parameter.name
            )
        return raw.strip()
    return _number(parameter, raw)


def _number(parameter: Parameter, raw: Any) -> int | float:
    whole = parameter.kind == "integer"
    low, high = (0.0, 1.0) if parameter.kind == "share" else (-math.inf, math.inf)
    low = low if parameter.low is None else parameter.low
    high = high if parameter.high is None else parameter.high
    fits = isinstance(raw, int) if whole else isinstance(raw, int | float)
    if isinstance(raw, bool) or not fits or not math.isfinite(raw) or not low <= raw <= high:
        raise InvalidParameters(_range(whole, low, high), parameter.name)
    return raw if whole else float(raw)


def _range(whole: bool, low: float, high: float) -> str:
    bounds = {"low": f"{low:g}", "high": f"{high:g}"}
    if math.isinf(low) and math.isinf(high):
        return _("This is a whole number.") if whole else _("This is a number.")
    if math.isinf(high):
        sentence = _("This is a whole number, at least %(low)s.") if whole else _("This is a number, at least %(low)s.")
    elif math.isinf(low):
        sentence = _("This is a whole number, at most %(high)s.") if whole else _("This is a number, at most %(high)s.")
    else:
        sentence = (
            _("This is a whole number from %(low)s to %(high)s.")
            if whole
            else _("This is a number from %(low)s to %(high)s.")
        )
    return sentence % bounds


def _one_of(parameter: Parameter, raw: Any, offered: Sequence[Any]) -> Any:
    """Without a default, the first that there is."""
    if raw is None and offered:
        return offered[0]
    if isinstance(raw, bool) or raw not in offered:
        names = ", ".join(map(str, offered[:20])) or _("none")
        raise InvalidParameters(_("This is one of: %(names)s.") % {"names": names}, parameter.name)
    return raw
