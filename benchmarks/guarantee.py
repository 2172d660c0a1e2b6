"""Does what a licence accepts reach its target? Simulated labelers, honest and not; beside it, what others would do.

python -m benchmarks.guarantee [--seeds 200] [--items 20000] [--audits 1000] [--target 0.95]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from annotation.aggregation.guarantee import choose_threshold

Choice = Callable[[np.ndarray, np.ndarray, np.ndarray, float], float | None]


def draw(labeler: str, items: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(confidence, right) of `items` answers of a labeler by this name."""
    chance = np.random.default_rng(seed)
    # Most answers are sure, as those of language models are.
    confidence = 0.5 + 0.5 * chance.beta(4, 1, items)
    truth = {
        "calibrated": confidence,
        "good": 0.9 + 0.1 * confidence**2,
        "overconfident": 0.5 + 0.92 * (confidence - 0.5),
        "far overconfident": 0.6 + 0.5 * (confidence - 0.5),
        "worse where surer": 1.02 - 0.08 * confidence,
        "says the same of all": np.full(items, 0.945),
        "good but where surest": np.where(confidence > 0.99, 0.85, 0.98),
        "just short": np.full(items, 0.9495),
        "one group is wrong": np.where(chance.random(items) < 0.04, 0.2, 0.985),
    }[labeler]
    if labeler == "says the same of all":
        confidence = np.full(items, 0.99)
    return confidence, chance.random(items) < truth


LABELERS = (
    "calibrated",
    "good",
    "overconfident",
    "far overconfident",
    "worse where surer",
    "says the same of all",
    "good but where surest",
    "just short",
    "one group is wrong",
)


def licence(confidence: np.ndarray, right: np.ndarray, pool: np.ndarray, target: float) -> float | None:
    """Ours, as it stands when so many audits have arrived: earlier looks have spent their part of the risk."""
    return choose_threshold(confidence, right, target=target).threshold


def licence_once(confidence: np.ndarray, right: np.ndarray, pool: np.ndarray, target: float) -> float | None:
    """Ours, when the audits are read once, all of them."""
    return choose_threshold(confidence, right, target=target, looks=1).threshold


def naive(confidence: np.ndarray, right: np.ndarray, pool: np.ndarray, target: float) -> float | None:
    """The lowest threshold above which the audits were right often enough, with no regard to chance."""
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(accuracy >= target)
    return float(confidence[order][enough[-1]]) if len(enough) else None


def conformal(confidence: np.ndarray, right: np.ndarray, pool: np.ndarray, target: float) -> float | None:
    """Conformal selection (Jin & Candès 2023): Benjamini–Hochberg over conformal p-values of the pool.

    It holds the share of wrong ones among what it accepts to 1 − target on average over runs, not in each run.
    """
    wrong = np.sort(confidence[~right])
    surer = len(wrong) - np.searchsorted(wrong, pool, side="left")
    p_values = (surer + 1) / (len(confidence) + 1)
    order = np.sort(p_values)
    passed = np.flatnonzero(order <= (1 - target) * np.arange(1, len(order) + 1) / len(order))
    return float(pool[p_values <= order[passed[-1]]].min()) if len(passed) else None


CHOICES: dict[str, Choice] = {
    "licence": licence,
    "licence, one look": licence_once,
    "conformal FDR": conformal,
    "naive": naive,
}


def simulate(
    labeler: str, choice: Choice, *, seeds: int, items: int, audits: int, target: float
) -> tuple[float, float]:
    """(share of runs in which the accepted items miss the target, mean share of items that are accepted)."""
    missed = 0
    accepted = []
    for seed in range(seeds):
        confidence, right = draw(labeler, items + audits, seed)
        pool, truth = confidence[audits:], right[audits:]
        threshold = choice(confidence[:audits], right[:audits], pool, target)
        chosen = pool >= threshold if threshold is not None else np.zeros(items, bool)
        missed += bool(chosen.any() and truth[chosen].mean() < target)
        accepted.append(chosen.mean())
    return missed / seeds, float(np.mean(accepted))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.guarantee", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--audits", type=int, default=1_000)
    parser.add_argument("--target", type=float, default=0.95)
    options = vars(parser.parse_args())
    print(
        f"Runs of {options['seeds']} in which the accepted set misses {options['target']:.0%} · mean share of "
        f"{options['items']:,} items accepted, after {options['audits']:,} audits\n"
    )
    print(f"| labeler | {' | '.join(CHOICES)} |")
    print(f"|---|{'---|' * len(CHOICES)}")
    for labeler in LABELERS:
        found = [simulate(labeler, choice, **options) for choice in CHOICES.values()]
        print(f"| {labeler} | {' | '.join(f'{missed:.1%} · {share:.0%}' for missed, share in found)} |", flush=True)


if __name__ == "__main__":
    main()
