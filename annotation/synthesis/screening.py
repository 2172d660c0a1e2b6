"""Which filters candidates go through, by what they are."""

from __future__ import annotations

SAFE: tuple[str, ...] = ("language", "contamination", "pii", "toxicity")
REWRITTEN: tuple[str, ...] = (
    "empty",
    "refusal",
    "length_ratio",
    "repetition",
    "copied",
    "near_other",
    "label_named",
    *SAFE,
)
"""Made of one text, and near it."""
NEW: tuple[str, ...] = ("empty", "refusal", "length", "repetition", "copied", "near_duplicate", "label_named", *SAFE)
"""Of the kind of the seeds, and near none of them."""
INSTRUCTIONS: tuple[str, ...] = ("empty", "refusal", "repetition", "copied", "near_duplicate", "banned_words", *SAFE)
"""Tasks with their answers, of any length."""
REVISED: tuple[str, ...] = ("empty", "refusal", "repetition", "copied", "near_other", "banned_words", *SAFE)
"""Tasks with a better answer than they had, and near it."""
ANSWERED: tuple[str, ...] = ("empty", "refusal", "repetition", *SAFE)
"""New answers to what the seeds ask: alike by what they repeat of the question."""
