"""Bits of text that offsets are got wrong with, and texts made of them."""

from __future__ import annotations

from random import Random

# Surrogate pairs, clusters of several code points, both directions, every line end, what is invisible or looks alike.
PIECES = [
    "a", "Bee", "9", "word", "cafe\u0301", " ", "  ", "\t", "\n", "\r\n", "\r", ".", ", ", "'", "-",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f1e9\U0001f1ea",
    "\U0001f44d\U0001f3fd", "\U0001d518", "\U00020bb7", "e\u0301", "Z\u0335\u0322a", "\u0301", "\u200d", "\u200b",
    "\ufeff", "\u2060", "שלום", "عربى", "\u202eabc\u202c", "日本語", "한국", "\u1112\u1161\u11ab", "ไทย", "\u2028",
    "\x0b", "\x7f", "\u00a0", "\u00ad", "\ufb01", "\u0130", "ß", "\U0010ffff", "\ufffd", "<b>", "&amp;", "&#13;", '"',
    "\\", "</script>",
]  # fmt: skip


def hostile_text(random: Random, pieces: int = 12) -> str:
    return "".join(random.choice(PIECES) for _ in range(random.randint(1, pieces)))
