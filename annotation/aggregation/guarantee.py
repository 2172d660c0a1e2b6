"""How sure an audit makes us: an exact bound on the accuracy behind k successes in n trials."""

from __future__ import annotations

from scipy.stats import beta


def clopper_pearson_lower(successes: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided lower bound on a proportion that holds with `confidence` (Clopper & Pearson 1934).

    0 when nothing was tried: no evidence licenses nothing.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if successes == 0:
        return 0.0
    return float(beta.ppf(1 - confidence, successes, trials - successes + 1))
