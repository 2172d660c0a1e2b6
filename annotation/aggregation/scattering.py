"""Draw by lot, and the same lot every time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def scattered(keys: Sequence[int] | np.ndarray) -> np.ndarray:
    """[n] ids → [n] numbers in [0, 1), even and in no relation to the ids' order (Knuth's multiplicative hashing)."""
    return (np.asarray(keys, dtype=np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)) / 2.0**32
