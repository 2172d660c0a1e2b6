"""`manage.py aggregate VOTES.csv`: one label per item of many votes, and how sure it is."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.workflow.aggregating import AUTO, aggregate_file


class Command(BaseCommand):
    help = (
        "Make one answer of each item's votes in a CSV file with the columns item_id, annotator and label. Labels "
        "are classes, or spans: a JSON list of {start, end, label} or [start, end, label], or BIO tags. Prints CSV: "
        "item_id, label, posterior, anchored, and p_<label> for each class. What is wrong with lines, with the crowd "
        "or with the fit is said on standard error."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("votes", metavar="VOTES.csv", type=Path)
        parser.add_argument(
            "--items", metavar="ITEMS.jsonl", type=Path, help="lines with id, and gold, text or tokens where known"
        )
        parser.add_argument(
            "--method",
            default=AUTO,
            metavar="M",
            help=(
                "majority, wawa, dawid_skene (ds), anchored, ebcc, mace, one_coin, trust_one, median, ordinal; for "
                "spans token_spans or exact_spans; medoid for texts, bradley_terry for orders (a > b = c, or a JSON "
                "list); default: auto, by the data"
            ),
        )
        parser.add_argument(
            "--anchor", metavar="K", type=int, help="so many items with gold are known answers, drawn by --seed"
        )
        parser.add_argument("--seed", metavar="N", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            rows = list(
                aggregate_file(
                    options["votes"],
                    items=options["items"],
                    method=options["method"],
                    anchors=options["anchor"],
                    seed=options["seed"],
                    tell=self.stderr.write,
                )
            )
        csv.writer(self.stdout, lineterminator="\n").writerows(rows)
