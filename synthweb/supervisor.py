"""Run the web server, the workers and the clock as children: start, watch, restart, stop."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from synthweb.orphans import bury
from synthweb.owner import EmbeddedError

GRACE = 10.0  # seconds a child has to finish what it does
LAST_GRACE = 3.0  # seconds it then has to hand its work back
HEAL_EVERY = 2.0
HEAL_AGAIN = 5.0
LONGEST_BACKOFF = 30.0
SETTLED = 60.0  # seconds after which a child that dies is restarted at once again
LARGEST_LOG = 20 << 20  # bytes, checked at each start
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(slots=True)
class Child:
    """One process that should always run. `log` collects what it says."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)
    due: float = field(default=0.0, init=False)

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is the supervisor's to hear.
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_follow_parent,
            )
        self.started = time.monotonic()

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int, *, group: bool = False) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if group:
                os.killpg(self.process.pid, number)
            elif self.runs():
                self.process.send_signal(number)


class Supervisor:
    """Keeps children alive until told to stop; `heal` starts whatever else the site needs, and names it."""

    def __init__(self, children: Sequence[Child], *, heal: Callable[[], list[str]], say: Callable[[str], None]) -> None:
        self.children = children
        self.heal = heal
        self.say = say
        self.stopping = False
        self.next_heal = 0.0
        self.trouble = ""

    def start(self) -> None:
        """Start every child; from here on SIGINT, SIGTERM and SIGHUP stop them all."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Return when told to stop."""
        while not self.stopping:
            self.tend()
            time.sleep(0.5)

    def tend(self) -> None:
        """One look: heal the servers, restart what died, later each time it dies soon."""
        now = time.monotonic()
        alive = {child.process.pid for child in self.children if child.process is not None and child.runs()}
        bury(alive)
        self._tend_servers(now)
        for child in self.children:
            if child.runs():
                continue
            if child.process is not None:
                code = child.process.returncode
                child.failures = 1 if now - child.started > SETTLED else child.failures + 1
                delay = min(2.0 ** (child.failures - 1), LONGEST_BACKOFF)
                child.process, child.due = None, now + delay
                self.say(f"{child.name} ended (code {code}); again in {delay:.0f} s. Its log: {child.log}")
            elif now >= child.due:
                child.start()

    def _tend_servers(self, now: float) -> None:
        if now < self.next_heal:
            return
        self.next_heal = now + HEAL_EVERY
        try:
            for name in self.heal():
                self.say(f"{name} had stopped; started again.")
        except EmbeddedError as error:
            # Backends orphaned by a killed PostgreSQL hold its memory for a moment: soon again.
            self.next_heal = now + HEAL_AGAIN
            if self.trouble != str(error):
                self.trouble = str(error)
                self.say(self.trouble)

    def stop(self) -> None:
        """End every child within GRACE + LAST_GRACE seconds: asked, urged, killed."""
        self.stopping = True
        for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGQUIT, LAST_GRACE)):
            for child in self.children:
                child.signal(number)
            deadline = time.monotonic() + patience
            while any(child.runs() for child in self.children) and time.monotonic() < deadline:
                time.sleep(0.05)
        for child in self.children:
            # The whole group, also of a child that ended: a killed worker's pool would outlive it.
            child.signal(signal.SIGKILL, group=True)
            if child.process is not None:
                child.process.wait()

    def _hear(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True


def answers(host: str, port: int, host_header: str) -> bool:
    """Whether /healthz says that the site works."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz", headers={"Host": host_header})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def site(*, host: str, port: int, workers: int, home: Path) -> list[Child]:
    """The processes of one site: web server, model workers, workers for everything else, the sweep's clock."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn = ["gunicorn", "synthweb.wsgi", f"--bind={bind}", "--worker-class=gthread", "--workers=2", "--threads=8"]
    gunicorn += ["--graceful-timeout=8", "--timeout=60", "--keep-alive=5", "--no-control-socket", "--log-level=warning"]
    celery = ["celery", "-A", "synthweb"]
    worker = [*celery, "worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    beat = [
        *celery,
        "beat",
        "--loglevel=WARNING",
        f"--schedule={home / 'beat-schedule'}",
        f"--pidfile={home / 'beat.pid'}",
    ]
    commands = {
        "web": gunicorn,
        "labeling": [*worker, "--hostname=labeling@%h", "--queues=labeling", f"--concurrency={workers}"],
        "default": [*worker, "--hostname=default@%h", "--queues=default,exports", "--concurrency=2"],
        "beat": beat,
    }
    return [
        Child(name, [sys.executable, "-m", *command], home / "logs" / f"{name}.log")
        for name, command in commands.items()
    ]


def _follow_parent() -> None:
    """Linux: be told to stop when the supervisor dies, even by kill -9. Runs in the child, before exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
