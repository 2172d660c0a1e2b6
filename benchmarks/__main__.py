"""Every benchmark on one site, small by default: a Markdown table.

python -m benchmarks [--rows 20000] [--items 1000 20000] [--answers 160] [--repeats 3] [--votes 0]
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import annotating, exports, imports
from benchmarks.annotators import WAYS
from benchmarks.memory import total
from benchmarks.readings import Reading, machine, table
from benchmarks.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000, help="of the import and the export")
    parser.add_argument("--items", type=int, nargs="+", default=[1_000, 20_000], help="in the annotators' projects")
    parser.add_argument("--answers", type=int, default=160, help="per repeat")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--votes", type=int, default=0, help="items for the bundled model to vote on, too")
    options = parser.parse_args()
    print(f"Before: {machine()}\n")
    with serve() as server:
        found = [
            Reading("cold start to the first 200", [server.started], "s"),
            Reading("memory at rest, all processes", [total(server.pid)], "MB", "shared pages counted in each process"),
            *imports.readings(server, rows=options.rows, repeats=options.repeats),
            *exports.readings(server, rows=options.rows, repeats=options.repeats),
            *annotating.readings(
                server,
                items=options.items,
                people=[1, 8],
                answers=options.answers,
                repeats=options.repeats,
                ways=list(WAYS),
            ),
        ]
    print(table(found))
    print(f"\nAfter: {machine()}")
    if options.votes:
        print(flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.model_votes", "--items", str(options.votes)], check=True)


if __name__ == "__main__":
    main()
