"""How commands end: the exit codes that scripts go by, told alike by every command's --help."""

from __future__ import annotations

import argparse

EXIT_CODES = (
    "exit codes: 0 done; 1 refused or failed, and a sentence on standard error says why; 2 the command line is wrong; "
    "130 interrupted (Ctrl-C)."
)


def tell_exit_codes(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Say them at the end of --help. `more`: sentences on what only this command has."""
    parser.epilog = f"{EXIT_CODES} {more}".strip()
