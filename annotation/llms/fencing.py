"""The fence around text that a model is to read and not to obey."""

from __future__ import annotations

import re

FENCE_OPEN, FENCE_CLOSE = "<text>\n", "\n</text>"
FENCE_LOOKALIKE = re.compile(r"<(?=\s*/?\s*text\b)", re.IGNORECASE)


def fenced(text: str) -> str:
    """The text with every mark that could close or open our fence made harmless."""
    return FENCE_LOOKALIKE.sub("‹", text)
