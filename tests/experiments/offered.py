"""An experiment of the tests' own: one that takes no time, and can be told to break or to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from annotation.experiments import registry
from annotation.experiments.base import (
    Column,
    Curve,
    Experiment,
    Forest,
    Funnel,
    Measured,
    Parameters,
    Plot,
    Report,
    Table,
    Value,
    Work,
)

NAME = "coin"
HOSTILE = "<script>alert(1)</script>"
asked: list[str] = []
before: dict[str, Callable[[], None]] = {}
"""What happens before a step, by its key."""


def steps(parameters: Parameters, seeds: int) -> int:
    return seeds * parameters["tosses"]


def run(work: Work) -> Value:
    """Each step notes that it was done."""

    def toss(key: str) -> Callable[[], int]:
        def step() -> int:
            before.get(key, lambda: None)()
            asked.append(key)
            return len(key)

        return step

    keys = [f"{seed}/{number}" for seed in range(work.seeds) for number in range(work.parameters["tosses"])]
    return {"tosses": [work.once(key, toss(key)) for key in keys], "label": HOSTILE}


def present(value: Value) -> Report:
    half = Measured(0.5, 0.25, 0.75)
    columns = Column("Label"), Column("Tosses", "count"), Column("Heads", "share"), Column("Gain", "points")
    return Report(
        findings=(f"Nothing came out of {value['label']}.",),
        tables=(Table("Tosses", columns, ((value["label"], len(value["tosses"]), half, None),), "A note."),),
        plots=(Plot("Heads by round", "Round", "Heads", (Curve("Coin", ((0.0, half), (1.0, half))),)),),
        forests=(Forest("Gain", "Points", (("Coin", "fair", Measured(-0.01, -0.03, 0.02)),)),),
        funnels=(Funnel("Yield", (("Tossed", len(value["tosses"])), ("Landed", 1))),),
        method=("A coin is tossed.",),
    )


COIN = Experiment(
    name=NAME,
    title="Coin",
    summary="Whether a coin is fair.",
    paper="Bernoulli 1713",
    version=1,
    settings={"small": {"tosses": 3}, "full": {"tosses": 9}},
    seeds={"small": 1, "full": 2},
    steps=steps,
    running=__name__,
    present=present,
    minutes={"small": 1, "full": 2},
)


@contextmanager
def offered() -> Iterator[Experiment]:
    """The registry has it for the length of the block."""
    asked.clear()
    before.clear()
    registry.EXPERIMENTS[NAME] = COIN
    try:
        yield COIN
    finally:
        del registry.EXPERIMENTS[NAME]
