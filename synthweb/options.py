"""The options of `manage.py up`, read twice: before Django has settings, and by Django."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def add_up_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data", metavar="DIR", help="data folder (default: SYNTHWEB_HOME, or the platform's)")
    parser.add_argument("--no-demo", action="store_true", help="do not make the demo project on first start")
    parser.add_argument("--workers", type=int, default=1, help="processes for model work (default: %(default)s)")


def read_up_options(arguments: Sequence[str]) -> argparse.Namespace:
    """What `up` was asked, from the words after it; words that are not its own are Django's to judge."""
    parser = argparse.ArgumentParser(prog="manage.py up", allow_abbrev=False)
    add_up_options(parser)
    return parser.parse_known_args(arguments)[0]
