"""From readings to a table: medians, percentiles, ratios, and what else the machine was doing."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the table. `values` are the repeats; `beside` names the naive way and its values in the same unit."""

    work: str
    values: Sequence[float]
    unit: str
    note: str = ""
    beside: Sequence[float] = ()
    beside_name: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """How many times the naive way's median."""
        return self.median / statistics.median(self.beside) if self.beside else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def table(readings: Iterable[Reading]) -> str:
    """Markdown."""
    lines = ["| work | median | lowest – highest | beside | ratio | |", "|---|---|---|---|---|---|"]
    for each in readings:
        beside = f"{each.beside_name}: {_round(statistics.median(each.beside))} {each.unit}" if each.beside else ""
        ratio = f"{each.ratio:.1f}×" if each.ratio else ""
        spread = f"{_round(min(each.values))} – {_round(max(each.values))}"
        lines.append(
            f"| {each.work} | {_round(each.median)} {each.unit} | {spread} | {beside} | {ratio} | {each.note} |"
        )
    return "\n".join(lines)


def load() -> str:
    """The last minute's, for the note of a figure: others on the machine slow us down."""
    return f"load {os.getloadavg()[0]:.1f}"


def machine() -> str:
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {load()}, {system}"


def _round(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
