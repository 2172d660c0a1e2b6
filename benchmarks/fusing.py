"""A fit of a whole project: how long it takes, and what an answer costs before it and after.

python -m benchmarks.fusing [--items 100000] [--answers 300]

Runs in a database of its own; rows are made there (benchmarks/fused), three votes an item by twenty people.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.site import run_inside


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fusing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=300)
    options = parser.parse_args()
    run_inside(f"from benchmarks import fused; fused.run({options.items}, {options.answers})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
