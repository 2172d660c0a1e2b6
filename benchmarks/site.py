"""A database of its own for a benchmark that works inside the product rather than through its server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from synthweb import embedded

ROOT = Path(__file__).resolve().parent.parent


def run_inside(code: str, *, home: Path | None = None) -> None:
    """Run Python code in the migrated product. `home`: where the database is kept, and found again; else it goes."""
    folder = home or Path(tempfile.mkdtemp(prefix="synthweb-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    stack = embedded.attach(folder, database=True, broker=True, durable=True)
    urls = {"DATABASE_URL": stack.database_url or "", "BROKER_URL": stack.broker_url or ""}
    environment = {**os.environ, **urls, "SYNTHWEB_HOME": str(folder)}
    try:
        for words in (["migrate", "-v0"], ["shell", "-v0", "-c", code]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)
    finally:
        stack.detach()
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)
