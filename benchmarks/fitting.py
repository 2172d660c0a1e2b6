"""Seconds and memory to fit a crowd, beside a loop over votes and crowd-kit in an environment of its own.

python -m benchmarks.fitting [--votes 1000000] [--methods majority dawid_skene …] [--crowd-kit PYTHON] [--loop]

crowd-kit 1.4.2 breaks under the scikit-learn that the product uses, so `--crowd-kit` names the Python of a throw-away
virtual environment: `pip install crowd-kit==1.4.2 'scikit-learn<1.6'`. Every fit runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from annotation.aggregation.crowd import Crowd
from annotation.aggregation.majority_vote import winners
from annotation.aggregation.registry import METHODS
from benchmarks.readings import machine

PER_ITEM, LABELS, ANNOTATORS = 5, 5, 1_000
LOOP = "loop"
CROWD_KIT_ROUNDS = 5
CROWD_KIT = """
import json, resource, sys, time
import numpy, pandas
from crowdkit.aggregation import DawidSkene
columns = numpy.load(sys.argv[1])
truth = columns["truth"]
frame = pandas.DataFrame({"task": columns["items"], "worker": columns["annotators"], "label": columns["votes"]})
began = time.perf_counter()
labels = DawidSkene(n_iter=int(sys.argv[2])).fit_predict(frame)
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    "accuracy": float((labels.sort_index().to_numpy() == truth).mean()),
    "rounds": int(sys.argv[2]),
}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fitting", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--methods", nargs="+", default=["majority", "wawa", "one_coin", "dawid_skene", "anchored"])
    parser.add_argument("--loop", action="store_true", help="a dictionary and a loop over votes, too")
    parser.add_argument("--crowd-kit", metavar="PYTHON", help="of an environment that has crowd-kit")
    parser.add_argument("--one", metavar="METHOD", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(fitted(options.one, Path(options.file))))
        return
    print(f"Before: {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "crowd.npz"
        np.savez(file, **drawn(options.votes))
        print(f"{options.votes:,} votes, {PER_ITEM} an item, {ANNOTATORS:,} annotators, {LABELS} labels\n")
        print("| method | seconds | rounds | MB at most | right |\n|---|---|---|---|---|")
        reached: dict[str, float] = {}
        for method in [*options.methods, *([LOOP] if options.loop else [])]:
            command = [sys.executable, "-m", "benchmarks.fitting", "--one", method, "--file", str(file)]
            reached[method] = _tell(method, subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if options.crowd_kit:
            command = [options.crowd_kit, "-c", CROWD_KIT, str(file), str(CROWD_KIT_ROUNDS)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            reached["crowd-kit"] = _tell("crowd-kit Dawid–Skene", done.stdout)
        ours = reached.get("dawid_skene")
        for other in (LOOP, "crowd-kit"):
            if ours and other in reached:
                print(f"\nDawid–Skene takes {ours / reached[other]:.3f} of the time per round of {other}.")
    print(f"\nAfter: {machine()}")


def drawn(votes: int, seed: int = 0) -> dict[str, np.ndarray]:
    """A crowd of annotators that are right in 40 to 95 % of the cases, and the truth."""
    draw = np.random.default_rng(seed)
    count = votes // PER_ITEM
    truth = draw.choice(LABELS, count, p=np.arange(1, LABELS + 1) / (LABELS * (LABELS + 1) / 2))
    items = np.repeat(np.arange(count), PER_ITEM)
    # Five different annotators an item: a first one, and others at distances that do not meet.
    first, apart = draw.integers(ANNOTATORS, size=count), draw.integers(1, ANNOTATORS // PER_ITEM, size=count)
    annotators = ((first[:, None] + apart[:, None] * np.arange(PER_ITEM)) % ANNOTATORS).reshape(-1)
    skill = draw.uniform(0.4, 0.95, ANNOTATORS)
    right = draw.random(len(items)) < skill[annotators]
    said = np.where(right, truth[items], (truth[items] + draw.integers(1, LABELS, len(items))) % LABELS)
    return {
        "items": items.astype(np.int32),
        "annotators": annotators.astype(np.int32),
        "votes": said.astype(np.int32),
        "truth": truth,
    }


def fitted(method: str, file: Path) -> dict[str, float]:
    """Seconds, rounds, MB beyond what reading took, and the share of right labels."""
    columns = np.load(file)
    truth = columns["truth"]
    clamped = None
    if method == "anchored":
        clamped = np.full(len(truth), -1, np.int32)
        clamped[::1_000] = truth[::1_000]
    crowd = Crowd(columns["items"], columns["annotators"], columns["votes"], len(truth), ANNOTATORS, LABELS, clamped)
    began = time.perf_counter()
    if method == LOOP:
        found, rounds = loop(crowd)
    else:
        fit = METHODS[method].fitter(crowd)
        found, rounds = winners(fit.posteriors, fit.prior), fit.iterations
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rounds": rounds, "memory": peak(), "accuracy": float((found == truth).mean())}


def loop(crowd: Crowd, rounds: int = 2) -> tuple[np.ndarray, int]:
    """Dawid–Skene as a textbook writes it: dictionaries, and a loop over the votes."""
    by_item: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item, annotator, vote in zip(
        crowd.items.tolist(), crowd.annotators.tolist(), crowd.votes.tolist(), strict=True
    ):
        by_item[item].append((annotator, vote))
    labels = range(crowd.label_count)
    posteriors = {
        item: [sum(vote == label for _, vote in votes) / len(votes) for label in labels]
        for item, votes in by_item.items()
    }
    for _ in range(rounds):
        prior = [sum(each[label] for each in posteriors.values()) / len(posteriors) for label in labels]
        counts: dict[int, list[list[float]]] = defaultdict(lambda: [[0.01] * len(labels) for _ in labels])
        for item, votes in by_item.items():
            for annotator, vote in votes:
                for label in labels:
                    counts[annotator][label][vote] += posteriors[item][label]
        for item, votes in by_item.items():
            joint = [math.log(prior[label]) for label in labels]
            for annotator, vote in votes:
                for label in labels:
                    row = counts[annotator][label]
                    joint[label] += math.log(row[vote] / sum(row))
            highest = max(joint)
            chances = [math.exp(each - highest) for each in joint]
            posteriors[item] = [each / sum(chances) for each in chances]
    return np.array([np.argmax(posteriors[item]) for item in range(crowd.item_count)]), rounds


def peak() -> float:
    """MB that this process has held at most (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def _tell(name: str, printed: str) -> float:
    """A row of the table; answers seconds per round, or altogether where there are none."""
    found = json.loads(printed.strip().splitlines()[-1])
    print(
        f"| {name} | {found['seconds']:.2f} | {found['rounds']:.0f} | {found['memory']:,.0f} "
        f"| {found['accuracy']:.4f} |",
        flush=True,
    )
    return float(found["seconds"]) / max(1.0, float(found["rounds"]))


if __name__ == "__main__":
    main()
