"""Values of typed tables as JSON has them: dates become text, what is missing null, and bytes are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from annotation.questions.speech import gettext_noop

BINARY = gettext_noop("Binary data, such as pictures or sound.")


class Binary(ValueError):
    """Bytes, which no item can show."""


def plain_row(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A row's values, and what of it was lost. Infinite numbers stay, to be refused by whoever writes them as JSON."""
    found: dict[str, Any] = {}
    losses: tuple[str, ...] = ()
    for name, value in values.items():
        if value is None or type(value) in (str, int, bool):
            found[name] = value
            continue
        try:
            found[name] = plain(value)
        except Binary:
            losses = (BINARY,)
    return found, losses


def plain(value: Any) -> Any:
    """Raises Binary."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        # pandas writes what is missing among numbers so.
        return None if math.isnan(value) else value
    if isinstance(value, bytes | bytearray | memoryview):
        raise Binary
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else str(value)
    return str(value)
