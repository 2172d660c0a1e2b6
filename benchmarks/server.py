"""A site of the benchmark's own: `manage.py up` on a temporary folder and a free port, with people and tokens."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.client import Client

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT = 180.0  # seconds
STOP_LIMIT = 60.0
AT_ONCE = 2  # management commands
LEAD = "lead"


@dataclass(slots=True)
class Person:
    name: str
    link: str  # signs in once, path only
    token: str


@dataclass(slots=True)
class Server:
    """A running site. `started` is the time from the command to the first 200, seconds."""

    url: str
    home: Path
    pid: int
    started: float
    people: dict[str, Person] = field(default_factory=dict)

    def hire(self, names: Sequence[str]) -> list[Person]:
        """Accounts with tokens and sign-in links, made by the commands that a user would type."""
        missing = [name for name in names if name not in self.people]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.people |= {person.name: person for person in pool.map(self._hire, missing)}
        return [self.people[name] for name in names]

    def client(self, name: str = LEAD) -> Client:
        return Client(self.url, self.hire([name])[0].token)

    def measure(self, function: str, *arguments: object, module: str = "naive") -> Any:
        """Call `function` of `benchmarks.<module>` beside the site, on its database; what it returns."""
        code = f"import json; from benchmarks import {module} as it; print(json.dumps(it.{function}(*{arguments!r})))"
        return json.loads(self.manage("shell", "-v0", "-c", code).splitlines()[-1])

    def manage(self, *words: str) -> str:
        """Standard output of `manage.py words…` on this site's data."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=_environment(self.home),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {words[0]}: {done.stderr.strip()[-2_000:]}")
        return done.stdout.strip()

    def _hire(self, name: str) -> Person:
        link = self.manage("create_user", name, "--url", self.url)
        return Person(name, link.removeprefix(self.url), self.manage("create_token", name))


@contextmanager
def serve() -> Iterator[Server]:
    """A site for as long as the block runs; its data goes with it."""
    home = Path(tempfile.mkdtemp(prefix="synthweb-benchmark-"))
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = (home / "up.log").open("wb")
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--data", str(home), "--port", str(port), "--no-demo"],
        cwd=ROOT,
        env=_environment(home),
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _await(process, port, home)
        yield Server(url, home, process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def make_project(server: Server, name: str, *, annotators: Sequence[str] = (), options: Sequence[str]) -> str:
    """A project with one question, one answer an item; its slug."""
    client = server.client()
    policy = {"overlap": 1, "min_human": 1, "audit_share": 0.1}
    question = {"name": "intent", "type": "choice", "title": "Intent", "options": list(options)}
    fields = [{"name": "text", "type": "text"}]
    made = client.api("POST", "projects/", {"name": name, "fields": fields, "questions": [question], "policy": policy})
    slug = made["slug"]
    server.hire(annotators)
    for annotator in annotators:
        client.api("POST", f"projects/{slug}/members/", {"username": annotator, "role": "annotator"})
    client.close()
    return slug


def finish(client: Client, path: str) -> dict[str, Any]:
    """The job at `path` once it is over. Raises RuntimeError when it did not end well."""
    while True:
        job = client.api("GET", path)
        if job["state"] not in ("pending", "running"):
            break
        time.sleep(0.05)
    if job["state"] != "done":
        raise RuntimeError(f"{path} ended as {job['state']}: {job['error']}")
    return job


def import_file(client: Client, slug: str, file: Path) -> dict[str, Any]:
    """Upload and wait: the finished import."""
    job = client.upload(f"projects/{slug}/imports/", file)
    return finish(client, f"projects/{slug}/imports/{job['id']}/")


def _environment(home: Path) -> dict[str, str]:
    # Servers that the caller's shell names are somebody's data: the benchmark has its own.
    foreign = {"DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HTTPS", "DEBUG"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    # A million rows with votes are more than a site takes at once by default.
    return {**kept, "SYNTHWEB_HOME": str(home), "SYNTHWEB_MAX_UPLOAD_MB": "2048"}


def _await(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
        try:
            connection.request("GET", "/healthz")
            state = json.loads(connection.getresponse().read())
            if state["status"] == "ok" and state["workers"] >= 2:
                return
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise RuntimeError(f"The site does not start: {(home / 'up.log').read_text()[-2_000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
