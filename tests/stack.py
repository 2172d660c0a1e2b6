"""The servers under the tests: those the environment names, or embedded ones in a folder that vanishes afterwards."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from synthweb import embedded

_ours: set[str] = set()


def forget() -> None:
    """Take back what `provide` set, so that processes started from here provide for themselves."""
    for name in _ours:
        os.environ.pop(name, None)


def provide() -> None:
    """Set SYNTHWEB_HOME, DATABASE_URL and BROKER_URL where they are missing. Runs before Django reads its settings."""
    if "SYNTHWEB_HOME" not in os.environ:
        home = Path(tempfile.mkdtemp(prefix="synthweb-tests-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        os.environ["SYNTHWEB_HOME"] = str(home)
        _ours.add("SYNTHWEB_HOME")
        # Converting the bundled model takes twenty seconds; the copy outlives the session.
        os.environ.setdefault("SYNTHWEB_MODELS", str(Path(tempfile.gettempdir()) / "synthweb-test-models"))
    home = Path(os.environ["SYNTHWEB_HOME"])
    (home / "static").mkdir(parents=True, exist_ok=True)
    missing_database = "DATABASE_URL" not in os.environ
    missing_broker = "BROKER_URL" not in os.environ
    if missing_database or missing_broker:
        stack = embedded.attach(home, database=missing_database, broker=missing_broker, durable=False)
        atexit.register(stack.detach)
        _ours.update(name for name in ("DATABASE_URL", "BROKER_URL") if name not in os.environ)
        os.environ["DATABASE_URL"] = stack.database_url or os.environ["DATABASE_URL"]
        os.environ["BROKER_URL"] = stack.broker_url or os.environ["BROKER_URL"]
    # Queues of our own on a broker that others may use at the same time.
    os.environ["SYNTHWEB_QUEUE_PREFIX"] = f"test-{uuid.uuid4().hex[:8]}:"
