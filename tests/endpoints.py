"""An OpenAI-compatible server on loopback that behaves as a test says, well or badly."""

from __future__ import annotations

import contextlib
import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

KEY = "sk-canary-7f3a9d0c51"


@dataclass(frozen=True)
class Asked:
    """One request as it came in. `number` counts from 0."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return self.body["messages"][-1]["content"]


@dataclass(frozen=True)
class Answer:
    """`body` piece by piece, so that a test can put pauses between; `raw`: status line and headers are part of it."""

    body: Iterator[bytes] | Sequence[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False


Behaviour = Callable[[Asked], Answer]


def says(
    content: str | None,
    *,
    probabilities: Sequence[tuple[str, float]] = (),
    alternatives: Mapping[str, Mapping[str, float]] | None = None,
    usage: tuple[int, int] | None = (100, 10),
    **message: Any,
) -> Answer:
    """A chat completion. `probabilities`: the tokens that spell it; `alternatives`: what each could have been."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice["message"] = {"role": "assistant", "content": content, **message}
    if probabilities:
        choice["logprobs"] = {
            "content": [
                {"token": token, "logprob": math.log(p), "top_logprobs": _top((alternatives or {}).get(token, {}))}
                for token, p in probabilities
            ]
        }
    document: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    if usage:
        document["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return Answer([json.dumps(document).encode()], headers={"content-type": "application/json"})


def _top(alternatives: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"token": token, "logprob": math.log(p)} for token, p in alternatives.items()]


def answers(value: str, **more: Any) -> Answer:
    return says(json.dumps({"answer": value}), **more)


def refuses(status: int, **headers: str) -> Answer:
    """An error whose body has everything in it that must appear nowhere."""
    body = json.dumps(
        {"error": {"message": f"canary-of-the-endpoint: {KEY} is wrong", "code": "canary-of-the-endpoint"}}
    )
    return Answer([body.encode()], status, {name.replace("_", "-"): value for name, value in headers.items()})


class Server:
    """`asked` is every request so far; `behaviour` may be changed at any time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self.busiest = 0
        self.dropped = 0
        self.over = threading.Event()
        self._busy = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def stop(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def note(self, handler: BaseHTTPRequestHandler, body: bytes) -> Asked:
        with self._lock:
            asked = Asked(len(self.asked), handler.path, dict(handler.headers.items()), json.loads(body or b"{}"))
            self.asked.append(asked)
            return asked

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            yield
        except OSError:
            # The other side has dropped the connection.
            with self._lock:
                self.dropped += 1
        finally:
            with self._lock:
                self._busy -= 1


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            with server.busy():
                asked = server.note(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))
                answer = server.behaviour(asked)
                if not answer.raw:
                    self.begin(answer)
                for piece in answer.body:
                    self.wfile.write(piece)
                    self.wfile.flush()

        def begin(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.body, list):
                self.send_header("Content-Length", str(sum(map(len, answer.body))))
            else:
                self.close_connection = True
                self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Behaviour], Server]]:
    """`serve(behaviour)` starts a server; all of them end with the test. Further tries follow quickly."""
    monkeypatch.setattr("annotation.llms.dispatching.FIRST_PAUSE", 0.01)
    started: list[Server] = []

    def start(behaviour: Behaviour) -> Server:
        started.append(Server(behaviour))
        return started[-1]

    yield start
    for server in started:
        server.stop()
