"""An item as one text: what filters compare, and what a pool of texts is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.questions import as_texts


def shown_text(fields: Sequence[dict[str, str]], values: Mapping[str, Any]) -> str:
    """All that an item shows, field by field, a line each; fields without a value are left out."""
    return "\n".join(text for text in as_texts(fields, values).values() if text)
