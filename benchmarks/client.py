"""A keep-alive HTTP client that costs little: the load generator must not be what is measured."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 120.0  # seconds


class Unexpected(Exception):
    """The site answered with a status that the benchmark did not ask for."""


class Client:
    """One connection. `token` signs API calls; pages bring their cookies along instead."""

    def __init__(self, base: str, token: str = "") -> None:
        parts = urlsplit(base)
        self.base = base
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
        self.headers = {"Authorization": f"Token {token}"} if token else {}
        self.cookies: dict[str, str] = {}

    def close(self) -> None:
        self.connection.close()

    def api(
        self, method: str, path: str, body: Any = None, *, expect: tuple[int, ...] = (200, 201, 202), key: str = ""
    ) -> Any:
        """The decoded JSON below /api/v1/; None for an empty answer."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        answer = self.send(method, f"/api/v1/{path}", data, headers, expect)
        return json.loads(answer) if answer else None

    def upload(self, path: str, file: Path) -> Any:
        """POST a file as multipart/form-data."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        data = head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return json.loads(self.send("POST", f"/api/v1/{path}", data, headers, (202,)))

    def form(
        self, path: str, fields: Mapping[str, str], *, expect: tuple[int, ...] = (200,), desk: bool = False
    ) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if desk:
            headers["X-Desk"] = "1"
        return self.send("POST", path, urlencode(fields).encode(), headers, expect).decode()

    def page(self, path: str) -> str:
        return self.send("GET", path, None, {}, (200,)).decode()

    def send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], expect: tuple[int, ...]
    ) -> bytes:
        """The body of the answer. Raises Unexpected for another status."""
        response = self.open(method, path, body, headers)
        answer = response.read()
        if response.status not in expect:
            raise Unexpected(f"{method} {path}: {response.status} {answer[:300].decode('utf-8', 'replace')}")
        return answer

    def open(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """The answer, its body still to be read."""
        cookies = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        self.connection.request(method, path, body, {**self.headers, **cookies, **(headers or {})})
        response = self.connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response
