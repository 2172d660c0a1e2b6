"""What the nearest neighbours of generated texts say: copies, repetitions, strangers, and what they leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .diversity import unit

SAME = 0.95
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Near:
    """Booleans, one per text. [n] of the generated: `memorised`, `redundant`, `unrealistic`; [m] of the real:
    `missed`."""

    memorised: np.ndarray
    redundant: np.ndarray
    unrealistic: np.ndarray
    missed: np.ndarray


def near(made: np.ndarray, real: np.ndarray, *, nearest: int = NEAREST) -> Near:
    """[n, d] and [m, d] vectors, n ≥ 1 and m > `nearest`.

    Memorised: a real text has a cosine of .95 with it; redundant: another generated one has. Unrealistic: in no real
    text's ball, which reaches to its fifth real neighbour (precision's complement, Kynkäänniemi et al. 2019,
    arXiv:1904.06991). Missed: a real text with no generated one in its ball (coverage's complement, Naeem et al. 2020,
    arXiv:2002.09797).
    """
    made, real = unit(made), unit(real)
    across = made @ real.T
    among = made @ made.T
    np.fill_diagonal(among, -1.0)
    between = real @ real.T
    np.fill_diagonal(between, -np.inf)
    reach = np.partition(between, -nearest, axis=1)[:, -nearest]
    within = across >= reach
    return Near(
        memorised=across.max(axis=1) >= SAME,
        redundant=among.max(axis=1) >= SAME,
        unrealistic=~within.any(axis=1),
        missed=~within.any(axis=0),
    )
