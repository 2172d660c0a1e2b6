"""`manage.py alt_test VOTES.csv`: may a model stand in for a person? The alternative-annotator test on a file."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.workflow.standing_in import KINDS, SCORES, verdicts_on

SUMMARY = ("model", "omega", "rho", "passed", "annotators", "left_out", "reason")
DETAIL = ("model", "annotator", "items", "rho_model", "rho_annotator", "statistic", "p_value", "won")


class Command(BaseCommand):
    help = (
        "Run the alternative-annotator test (Calderon et al. 2025) on a CSV file with the columns item_id, annotator "
        "and label. Prints CSV: a row per model, with its winning rate omega (0.5 or more passes) and its average "
        "advantage probability rho; where the test cannot be made, they are empty and the reason is given."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("votes", metavar="VOTES.csv", type=Path)
        parser.add_argument(
            "--model",
            action="append",
            nargs="+",
            default=[],
            metavar="NAME",
            help="an annotator that is a model (default: those whose names begin with model: or llm:)",
        )
        parser.add_argument(
            "--kind", choices=KINDS, default="expert", help="of people: sets ε to 0.2, 0.15 or 0.1 (default expert)"
        )
        parser.add_argument("--epsilon", type=float, metavar="E", help="how much worse than a person a model may be")
        parser.add_argument("--q", type=float, default=0.05, help="false discovery rate (default 0.05)")
        parser.add_argument("--score", choices=SCORES, default="accuracy", help="rmse for numbers (default accuracy)")
        parser.add_argument("--detail", action="store_true", help="a row per model and person instead")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            verdicts = verdicts_on(
                options["votes"],
                models=[name for names in options["model"] for name in names],
                kind=options["kind"],
                epsilon=options["epsilon"],
                q=options["q"],
                score=options["score"],
                tell=self.stderr.write,
            )
        if options["detail"]:
            for model, verdict in verdicts.items():
                if verdict.reason:
                    self.stderr.write(f"{model}: {verdict.reason}")
            self._write(
                DETAIL,
                (
                    (
                        model,
                        each.annotator,
                        each.items,
                        each.model_share,
                        each.person_share,
                        each.statistic,
                        each.p_value,
                        str(each.won).lower(),
                    )
                    for model, verdict in verdicts.items()
                    for each in verdict.contests
                ),
            )
            return
        self._write(
            SUMMARY,
            (
                (
                    model,
                    verdict.omega,
                    verdict.rho,
                    "" if verdict.passed is None else str(verdict.passed).lower(),
                    len(verdict.contests),
                    len(verdict.left_out),
                    verdict.reason,
                )
                for model, verdict in verdicts.items()
            ),
        )

    def _write(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        table = csv.writer(self.stdout, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows)
