"""What has to happen before Django reads its settings: find the data folder, and start the servers nobody named."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import IO

from synthweb import embedded, preflight
from synthweb.home import home
from synthweb.options import read_up_options
from synthweb.orphans import adopt
from synthweb.owner import EmbeddedError

CannotStart = (EmbeddedError, preflight.Refused)

# Commands that touch no row and no message: they start at once, on a machine where nothing runs.
OFFLINE = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
    "startapp",
    "version",
}

_stack: embedded.Stack | None = None
_claim: IO[str] | None = None  # kept open: closing it would let a second `up` in


def prepare(argv: Sequence[str]) -> None:
    """Set SYNTHWEB_HOME, DATABASE_URL and BROKER_URL where they are missing. Raises one of CannotStart."""
    if len(argv) < 2 or argv[1] in OFFLINE or {"-h", "--help", "--version"} & set(argv):
        os.environ.setdefault("DATABASE_URL", "postgresql:///synthweb?host=/nonexistent")
        os.environ.setdefault("BROKER_URL", "redis+socket:///nonexistent?virtual_host=0")
        return
    signal.signal(signal.SIGTERM, _leave)
    if argv[1] == "up":
        _prepare_up(argv[2:])
    _attach()


def heal() -> list[str]:
    """Start again, and name, whatever of the embedded stack has died since. Raises EmbeddedError."""
    return _stack.heal() if _stack else []


def base_url(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _prepare_up(arguments: Sequence[str]) -> None:
    global _claim
    adopt()
    options = read_up_options(arguments)
    if options.data:
        os.environ["SYNTHWEB_HOME"] = options.data
    folder = home(os.environ)
    os.environ["SYNTHWEB_HOME"] = str(folder)
    preflight.check_folder(folder)
    _claim = preflight.claim(folder, base_url(options.host, options.port))
    preflight.check_port(options.host, options.port)
    if options.host not in {"0.0.0.0", "::"}:
        os.environ.setdefault("ALLOWED_HOSTS", f"localhost 127.0.0.1 [::1] {options.host}")


def _attach() -> None:
    global _stack
    database, broker = os.environ.get("DATABASE_URL"), os.environ.get("BROKER_URL")
    if database and broker:
        return
    _stack = embedded.attach(home(os.environ), database=not database, broker=not broker)
    atexit.register(_stack.detach)
    os.environ["DATABASE_URL"] = database or _stack.database_url or ""
    os.environ["BROKER_URL"] = broker or _stack.broker_url or ""


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)
