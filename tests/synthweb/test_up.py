"""`manage.py up` as a person types it: its own process, its own data folder, real servers."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.waiting import eventually

OURS = ("SYNTHWEB_", "DATABASE_URL", "BROKER_URL", "DJANGO_", "SECRET_KEY", "ALLOWED_HOSTS")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """A running `up` and all it has said so far."""

    def __init__(self, home: Path, *options: str, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.said = ""
        command = [sys.executable, "manage.py", "up", "--data", str(home), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            start_new_session=True,
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def wait_until_open(self) -> None:
        eventually(lambda: "Ctrl-C stops everything" in self.said or self.process.poll() is not None, timeout=120)
        assert self.process.poll() is None, self.said

    def wait_until_ended(self) -> int:
        code = self.process.wait(timeout=20)
        self.listener.join(timeout=5)
        return code

    def has_said(self, sentence: str) -> bool:
        return sentence in self.said

    def health(self) -> dict[str, Any]:
        """What /healthz says; empty while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return dict(json.loads(connection.getresponse().read()))
        except OSError:
            return {}
        finally:
            connection.close()

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def processes(self) -> list[psutil.Process]:
        """Everything this `up` runs, the servers included, which are nobody's children."""
        servers = [p for p in psutil.process_iter() if str(self.home) in _command(p) and p.pid != self.process.pid]
        return [*psutil.Process(self.process.pid).children(recursive=True), *servers]

    def child(self, *words: str) -> psutil.Process:
        """The one direct child whose command has all of `words`."""
        found = self.children_with(words)
        assert len(found) == 1, found
        return found[0]

    def children_with(self, words: tuple[str, ...]) -> list[psutil.Process]:
        """Children whose command has all of `words`; the dead have none."""
        return [p for p in psutil.Process(self.process.pid).children() if set(words) <= set(_command(p).split(" "))]

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("up") / "home", "--no-demo")
    up.wait_until_open()
    yield up
    up.process.terminate()
    up.wait_until_ended()


def test_serves_pages_and_runs_a_worker_for_every_queue(up: Up) -> None:
    eventually(lambda: up.health() == {"status": "ok", "database": "ok", "broker": "ok", "workers": 2})
    assert up.status("/accounts/login/") == 200
    assert up.child("--queues=labeling")
    assert up.child("--queues=default,exports")


def test_prints_its_address_and_the_administrators_sign_in_link(up: Up) -> None:
    assert f"Open http://127.0.0.1:{up.port}\n" in up.said
    links = re.findall(rf"sign in as (\w+) +http://127.0.0.1:{up.port}(/\S+)", up.said)
    assert [role for role, _ in links] == ["administrator"]
    assert up.status(links[0][1]) < 400


def test_the_secret_is_its_owners_alone(up: Up) -> None:
    assert stat.S_IMODE((up.home / "secret").stat().st_mode) == 0o600


def test_a_second_up_says_who_holds_the_data(up: Up) -> None:
    second = Up(up.home)
    assert second.wait_until_ended() == 1
    holder = f"process {up.process.pid}, http://127.0.0.1:{up.port}"
    assert second.said == f"synthweb: SynthWeb already runs on {up.home}: {holder}.\n"
    assert up.health()["status"] == "ok"


def test_a_taken_port_is_one_sentence(up: Up, tmp_path: Path) -> None:
    other = Up(tmp_path / "other", port=up.port)
    assert other.wait_until_ended() == 1
    assert other.said == f"synthweb: Port {up.port} is taken by another program; choose another with --port.\n"


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    other = Up(tmp_path / "file" / "home")
    assert other.wait_until_ended() == 1
    assert re.fullmatch(
        r"synthweb: The data folder \S+ cannot be written \(.*\); choose another with --data.\n", other.said
    )


def test_another_command_uses_the_running_servers_and_leaves_them_running(up: Up) -> None:
    given = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = [sys.executable, "manage.py", "migrate", "--check"]
    done = subprocess.run(command, env={**given, "SYNTHWEB_HOME": str(up.home)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert up.health()["status"] == "ok"


@pytest.mark.parametrize("words", [("--queues=labeling",), ("gunicorn",), ("beat",)], ids=["worker", "web", "clock"])
def test_a_killed_child_is_started_again(up: Up, words: tuple[str, ...]) -> None:
    killed = up.child(*words)
    killed.kill()

    def replaced() -> bool:
        return any(p.pid != killed.pid for p in up.children_with(words))

    eventually(replaced)
    eventually(lambda: up.health().get("workers") == 2, timeout=30)


def test_a_killed_database_and_broker_heal(up: Up) -> None:
    os.kill(int((up.home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    os.kill(int((up.home / "valkey" / "pid").read_text()), signal.SIGKILL)
    for name in ("PostgreSQL", "Valkey"):
        sentence = f"{name} had stopped; started again."
        eventually(partial(up.has_said, sentence), timeout=90)
    eventually(lambda: up.health() == {"status": "ok", "database": "ok", "broker": "ok", "workers": 2}, timeout=60)


def test_kill_9_takes_the_children_along_and_the_next_up_runs_until_ctrl_c(tmp_path: Path) -> None:
    first = Up(tmp_path / "home", "--no-demo")
    first.wait_until_open()
    # The servers stay, for the next one to find.
    everything = psutil.Process(first.process.pid).children(recursive=True)
    children = [p for p in everything if p.name() not in {"postgres", "valkey-server"}]
    first.process.kill()
    first.wait_until_ended()
    eventually(lambda: all_gone(children), timeout=20)

    second = Up(tmp_path / "home", "--no-demo", port=first.port)
    second.wait_until_open()
    running = second.processes()
    assert {p.name() for p in running} >= {"postgres", "valkey-server"}
    # As a terminal does it: to the whole foreground group, so it must not reach the servers before the workers ended.
    os.killpg(second.process.pid, signal.SIGINT)
    assert second.wait_until_ended() == 0
    assert second.said.endswith("Stopping …\n")
    assert all_gone(running)


def test_sigterm_while_starting_leaves_nothing_running(tmp_path: Path) -> None:
    up = Up(tmp_path / "home", "--no-demo")
    eventually(lambda: (tmp_path / "home" / "run" / "valkey.sock").exists(), timeout=30)
    running = up.processes()
    up.process.terminate()
    up.wait_until_ended()
    assert all_gone(running)
    assert "Traceback" not in up.said
