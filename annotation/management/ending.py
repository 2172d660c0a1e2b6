"""How commands end: the exit codes that scripts go by, told alike by every command's --help, and refusals."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from annotation.workflow.errors import Refused

EXIT_CODES = (
    "exit codes: 0 done; 1 refused or failed, and a sentence on standard error says why; 2 the command line is wrong; "
    "130 interrupted (Ctrl-C)."
)


def tell_exit_codes(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Say them at the end of --help. `more`: sentences on what only this command has."""
    parser.epilog = f"{EXIT_CODES} {more}".strip()


@contextmanager
def telling_refusals() -> Iterator[None]:
    """A verb's refusal ends the command with its sentence."""
    try:
        yield
    except Refused as error:
        raise CommandError(str(error)) from error
