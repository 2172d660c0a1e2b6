"""The item list at a million items: p50 and p95 of its pages, in a database of its own.

python -m benchmarks.explorer [--items 1000000] [--vectors 100000] [--repeats 20] [--home DIR]

Rows are made in the database (benchmarks/exploring), with the figures that `advance` leaves beside them; the pages are
the site's own view. With --home the filled database is kept there, and used again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.site import run_inside


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.explorer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    run_inside(
        f"from benchmarks import exploring; exploring.run({options.items}, {options.vectors}, {options.repeats})",
        home=options.home,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
