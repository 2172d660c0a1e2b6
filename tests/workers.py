"""Celery workers as they run in production: processes of their own, on the test's database and queues."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.waiting import eventually

QUEUES = ("default", "labeling", "exports")


class Worker:
    """One `celery worker` process group. Its output is in `log`."""

    def __init__(self, folder: Path, name: str, queues: Sequence[str], concurrency: int) -> None:
        self.name = f"{name}@test-{os.getpid()}"
        self.log = folder / f"{name}.log"
        self.command = [sys.executable, "-m", "celery", "-A", "synthweb", "worker", f"--hostname={self.name}"]
        self.command += [f"--queues={','.join(queues)}", f"--concurrency={concurrency}", "--loglevel=INFO"]
        self.command += ["--without-gossip", "--without-mingle"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once the worker takes work."""
        before = self._ready_lines()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "DATABASE_URL": database_url()},
                start_new_session=True,
            )
        eventually(lambda: self._ready_lines() > before or self._died(), timeout=60)

    def kill(self) -> None:
        """kill -9, the pool's processes too: nothing is acknowledged, nothing is cleaned up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Warm shutdown; kill after ten seconds."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _ready_lines(self) -> int:
        return self.output().count(" ready.")

    def _died(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the worker ended with {self.process.returncode}:\n{self.output()[-3000:]}")
        return False


class Workers:
    """Makes workers, and stops them all at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Worker] = []

    def start(self, name: str = "worker", *, queues: Sequence[str] = QUEUES, concurrency: int = 1) -> Worker:
        worker = Worker(self.folder, name, queues, concurrency)
        self.made.append(worker)
        worker.start()
        return worker

    def stop(self) -> None:
        for worker in self.made:
            worker.stop()


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    """`workers.start()` as often as wanted. The queues are empty when the test begins."""
    empty_queues()
    made = Workers(tmp_path)
    yield made
    made.stop()
    empty_queues()


@pytest.fixture
def worker(workers: Workers) -> Worker:
    """One running worker for every queue."""
    return workers.start()


def database_url() -> str:
    """The database pytest-django made, for processes that are not the test's own."""
    database = connection.settings_dict
    known = {"dbname": database["NAME"], "user": database["USER"], "password": database["PASSWORD"]}
    known |= {"host": database["HOST"], "port": database["PORT"]}
    return psycopg.conninfo.make_conninfo(**{name: value for name, value in known.items() if value})


def empty_queues() -> None:
    """What a broker that lost its memory looks like."""
    broker = redis.Redis.from_url(settings.BROKER_CLIENT_URL)
    for key in broker.scan_iter(settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] + "*"):
        broker.delete(key)
