"""`manage.py agreement VOTES.csv`: Krippendorff's α, Fleiss' κ and Cohen's κ of a file of votes, with intervals."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.workflow.agreeing import Row, agreement_on


class Command(BaseCommand):
    help = (
        "Measure agreement in a CSV file with the columns item_id, annotator and label. Prints CSV: α and Fleiss' κ of "
        "all, α of people, of each model with people and of each label, with 95 % intervals by a bootstrap over items. "
        "A value that is undefined is empty, and its row says why."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("votes", metavar="VOTES.csv", type=Path)
        parser.add_argument(
            "--level",
            choices=("nominal", "ordinal", "interval", "ratio"),
            default="nominal",
            help="level of measurement of the labels (default nominal)",
        )
        parser.add_argument("--pairs", action="store_true", help="Cohen's κ of every two annotators, too")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            rows = list(
                agreement_on(options["votes"], level=options["level"], pairs=options["pairs"], tell=self.stderr.write)
            )
        table = csv.writer(self.stdout, lineterminator="\n")
        table.writerow(Row._fields)
        table.writerows(rows)
