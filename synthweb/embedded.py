"""PostgreSQL 18 with pgvector and Valkey 9 from wheels, run privately under the data folder.

Any number of processes may `attach` to one data folder: the first starts the servers, the last to `detach` stops
them, and a process that was killed counts as detached (its file lock is gone). Both servers listen on Unix sockets
inside a folder that only their owner can enter, so there is no port to collide on and no password to leak. They run in
sessions of their own: Ctrl-C in the terminal never reaches the database under those who still use it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from synthweb import postgres, valkey
from synthweb.owner import EmbeddedError, own, service_account

ORDINARY_PATH = re.compile(r"[\w./+@-]+", re.ASCII)  # what every reader of a URL or a server's option agrees on
SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux


@dataclass(slots=True)
class Stack:
    """A hold on the servers of one data folder. A URL is None where the caller has a server of their own."""

    home: Path
    sockets: Path
    database_url: str | None
    broker_url: str | None
    durable: bool
    _hold: IO[str] | None = field(repr=False)

    def heal(self) -> list[str]:
        """Start again whatever has died since, and name it. The URLs do not change. Raises EmbeddedError."""
        dead = []
        if self.database_url and not postgres.runs(self.sockets):
            dead.append("PostgreSQL")
        if self.broker_url and not valkey.runs(self.sockets):
            dead.append("Valkey")
        if dead:
            with _mutex(self.home):
                self._start()
        return dead

    def detach(self) -> None:
        """Let go, and stop the servers if nobody else holds them. Safe to call twice."""
        if self._hold is None:
            return
        with _mutex(self.home):
            try:
                fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                valkey.stop(self.sockets)
                postgres.stop(self.home)
                with contextlib.suppress(OSError):
                    self.sockets.rmdir()
            self._hold.close()
            self._hold = None

    def _start(self) -> None:
        if self.database_url:
            postgres.start(self.home, self.sockets, durable=self.durable)
        if self.broker_url:
            valkey.start(self.home, self.sockets)


def attach(home: Path, *, database: bool = True, broker: bool = True, durable: bool = True) -> Stack:
    """Make the servers of `home` run, starting what does not, and hold them until `detach`.

    `durable=False` is for tests alone: an acknowledged commit may then be lost with the machine's power.
    Raises EmbeddedError.
    """
    home = home.expanduser().resolve()
    _make_home(home)
    with _mutex(home):
        sockets = _sockets(home)
        hold = (home / ".stack.held").open("a")
        fcntl.flock(hold, fcntl.LOCK_SH)
        stack = Stack(
            home=home,
            sockets=sockets,
            database_url=postgres.url(sockets) if database else None,
            broker_url=valkey.url(sockets) if broker else None,
            durable=durable,
            _hold=hold,
        )
        try:
            stack._start()
        except BaseException as error:  # Ctrl-C too: what was started must not stay behind
            failure = error
        else:
            return stack
    stack.detach()
    raise failure


def _make_home(home: Path) -> None:
    if set('"$`\\\n') & set(str(home)):  # pg_ctl hands the path to a shell between double quotes
        raise EmbeddedError(
            f"PostgreSQL cannot work in {home}: choose a data folder without quotes, $ and \\ in its path."
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        (home / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"The data folder {home} cannot be written: {error.strerror}.") from error
    if os.geteuid() != 0:
        home.chmod(0o700)
        return
    # As root the servers run as another user, who must be able to pass through (not list) the folders above theirs.
    service_account()
    for folder in [home / "logs", home, *home.parents]:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _sockets(home: Path) -> Path:
    """The folder of both sockets: in the data folder, or in the temporary folder where that path is long or odd."""
    folder = home / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT or not ORDINARY_PATH.fullmatch(str(folder)):
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"synthweb-{os.geteuid()}-{name}"
    own(folder, 0o700)
    return folder


@contextlib.contextmanager
def _mutex(home: Path) -> Iterator[None]:
    """One process at a time starts or stops the servers of `home`."""
    with (home / ".stack.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
