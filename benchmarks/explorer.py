"""The item list at a million items: p50 and p95 of its pages, in a database of its own.

python -m benchmarks.explorer [--items 1000000] [--vectors 100000] [--repeats 20] [--home DIR]

Rows are made in the database (benchmarks/exploring), with the figures that `advance` leaves beside them; the pages are
the site's own view. With --home the filled database is kept there, and used again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from synthweb import embedded

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.explorer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="synthweb-explorer-"))
    home.mkdir(parents=True, exist_ok=True)
    stack = embedded.attach(home, database=True, broker=True, durable=True)
    urls = {"DATABASE_URL": stack.database_url or "", "BROKER_URL": stack.broker_url or ""}
    environment = {**os.environ, **urls, "SYNTHWEB_HOME": str(home)}
    code = f"from benchmarks import exploring; exploring.run({options.items}, {options.vectors}, {options.repeats})"
    try:
        for words in (["migrate", "-v0"], ["shell", "-v0", "-c", code]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)
    finally:
        stack.detach()
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
