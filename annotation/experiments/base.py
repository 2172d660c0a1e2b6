"""What an experiment is given, what it hands back, and how it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from annotation.llms import LanguageModel

Value = dict[str, Any]
"""Plain JSON: what was measured, without names that a language has."""
Parameters = Mapping[str, Any]
SETTINGS = ("small", "full")


class Unsuitable(ValueError):
    """The data, or a parameter, is not what an experiment needs; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Texts with one true label each. `test` is held out: nothing is learned or made from it.

    `name`: where they come from, for the report.
    """

    name: str
    labels: tuple[str, ...]
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    guidelines: str = ""

    @property
    def digest(self) -> str:
        """Says which data a report is about."""
        told = [[each.text, each.label] for each in (*self.train, *self.test)]
        return hashlib.sha256(json.dumps([len(self.train), told]).encode()).hexdigest()[:16]

    @property
    def told(self) -> Value:
        """For the report: which data, without the data."""
        sizes = {"train": len(self.train), "test": len(self.test)}
        return {"name": self.name, "labels": list(self.labels), "digest": self.digest, **sizes}


@dataclass(frozen=True, slots=True)
class Work:
    """What an experiment works with.

    `once(key, step)`: what a step came to, plain JSON; a step that was done before a crash is not done again, so steps
    may depend on nothing but the work and on other steps' values. `pulse`: to be called every few seconds of long work;
    raises what ends it when nobody wants it any more.
    """

    parameters: Parameters
    seeds: int
    once: Callable[[str, Callable[[], Any]], Any]
    pulse: Callable[[], None]
    data: Dataset | None = None
    model: LanguageModel | None = None

    @property
    def examples(self) -> Dataset:
        if self.data is None:
            raise Unsuitable("This experiment needs texts with known labels.")
        return self.data

    @property
    def writer(self) -> LanguageModel:
        if self.model is None:
            raise Unsuitable("This experiment needs a language model.")
        return self.model


Kind = Literal["text", "count", "share", "points", "decimal"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its 95 % interval."""

    value: float
    low: float | None = None
    high: float | None = None


CellValue = str | int | float | Measured | None


@dataclass(frozen=True, slots=True)
class Column:
    """How its cells are written: shares as %, points as differences of shares with their sign."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[CellValue, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """[(x, y)] under one name."""

    name: str
    points: tuple[tuple[float, Measured], ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over a number; shares are drawn as %."""

    title: str
    x: str
    y: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Forest:
    """Differences of shares with their intervals, one row a (name, group), beside the line of no difference."""

    title: str
    value: str
    rows: tuple[tuple[str, str, Measured], ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """What was left after each step, in order."""

    title: str
    steps: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`findings`: sentences that the figures bear out, whichever way they turned out."""

    findings: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    forests: tuple[Forest, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    method: tuple[str, ...] = ()
    """How it was done, a paragraph each."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One question put to data. To add one: a file that says what it is, a file that runs it, its line in `registry`.

    `settings` and `seeds`: by the names in SETTINGS. `steps(parameters, seeds)`: how many times `Work.once` will be
    called. `running`: the module with `run(work) -> Value`, imported where it is run. `present`: what the value says,
    in the reader's language.
    """

    name: str
    title: str
    summary: str
    paper: str
    version: int
    settings: Mapping[str, Parameters]
    seeds: Mapping[str, int]
    steps: Callable[[Parameters, int], int]
    running: str
    present: Callable[[Value], Report]
    minutes: Mapping[str, int]
    """About how long it takes on two cores, for whoever is about to start it."""
    needs_data: bool = False
    asks_model: bool = False
