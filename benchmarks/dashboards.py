"""Every dashboard at a hundred thousand items: p50 and p95 of its page, beside counting for each reader.

python -m benchmarks.dashboards [--items 100000] [--repeats 40] [--home DIR]

Each item has three votes or so: two people's and a model's (benchmarks/boards). Figures are counted once, as a worker
does it; the pages are the site's own view. With --home the filled database is kept there, and used again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.site import run_inside


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dashboards",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    run_inside(f"from benchmarks import boards; boards.run({options.items}, {options.repeats})", home=options.home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
