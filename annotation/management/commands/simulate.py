"""`manage.py simulate FILE`: how many human answers would a dataset need? Tried on a file whose answers are known."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.management.ending import tell_exit_codes
from annotation.reports.learning_curve import draw_curves
from annotation.workflow.errors import Refused
from annotation.workflow.replaying import read_replay
from annotation.workflow.simulating import STRATEGIES, Point, Replay, answers_needed, simulate

PRINTED_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
PICTURES = {".svg", ".png"}
# The replay goes on a little past the target, so that the curves show how safely it was reached.
BEYOND = 0.02


class Command(BaseCommand):
    help = "Replay a file with gold answers and print how good the dataset is after so many human answers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV or JSON Lines with the columns text and gold")
        parser.add_argument("--questions", metavar="FILE", type=Path, help="JSON: the question, as the API takes it")
        parser.add_argument("--guidelines", metavar="FILE", type=Path, help="Markdown")
        parser.add_argument("--labelers", default="trained", help="trained (default) or trained,prompted")
        parser.add_argument("--strategy", nargs="+", choices=STRATEGIES, default=list(STRATEGIES), help="default: all")
        parser.add_argument("--target", type=_share, default=0.95, help="share of right labels wanted (default 0.95)")
        parser.add_argument("--error", type=_share, default=0.0, help="how often the annotator is wrong (default 0)")
        parser.add_argument("--batch", type=_count, default=16, help="answers between two trainings (default 16)")
        parser.add_argument("--limit", type=_count, help="read only the first rows")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--out", metavar="PICTURE", type=_picture, help="draw the curves (.svg or .png)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, replay = read_replay(
                options["file"],
                questions=json.loads(options["questions"].read_text("utf-8")) if options["questions"] else None,
                guidelines=options["guidelines"].read_text("utf-8") if options["guidelines"] else "",
                labelers=options["labelers"].split(","),
                limit=options["limit"],
            )
        except (Refused, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        replay = replace(replay, error=options["error"], batch=options["batch"], seed=options["seed"])
        enough = min(1.0, options["target"] + BEYOND)
        curves = {name: simulate(replay, name, target=enough) for name in options["strategy"]}
        self._tell(replay, curves, options["target"])
        if options["out"]:
            shares = {name: [(p.answers / len(replay.gold), p.accuracy) for p in each] for name, each in curves.items()}
            draw_curves(shares, options["target"], options["out"])
            self.stdout.write(f"Drawn: {options['out']}")

    def _tell(self, replay: Replay, curves: dict[str, list[Point]], target: float) -> None:
        items = len(replay.gold)
        self.stdout.write(f"{items:,} items. Right labels after people answered …\n")
        self.stdout.write("".join(["answers".rjust(10), "share".rjust(8), *(name.rjust(10) for name in curves)]))
        for share in PRINTED_SHARES:
            cells = [_accuracy_at(points, share * items).rjust(10) for points in curves.values()]
            self.stdout.write("".join([f"{round(share * items):10,}", f"{share:8.0%}", *cells]))
        self.stdout.write(f"\nHuman answers until {target:.0%} of the labels are right:")
        for name, points in curves.items():
            needed = answers_needed(points, target)
            reached = "never" if needed is None else f"{needed:,} ({needed / items:.1%} of the items)"
            self.stdout.write(f"{name:>10}: {reached}")


def _accuracy_at(points: list[Point], answers: float) -> str:
    """Empty where the replay had ended before."""
    return next((f"{point.accuracy:.1%}" for point in points if point.answers >= answers), "")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return value


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix not in PICTURES:
        raise argparse.ArgumentTypeError(f"a file name that ends in {', '.join(sorted(PICTURES))}")
    return path
