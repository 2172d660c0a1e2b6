"""One request at a time: repeated where that is safe, and never sooner than the server asked for."""

from __future__ import annotations

import math
import os
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from .problems import Problem, SynthWebError, Unreachable, problem_of

ROOT = "/api/v1/"
USER_AGENT = "synthweb-client/0.1"
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 20.0
# The server has done nothing, and says when to ask again.
WAITING = {429, 503}
# Somebody between us and the server does not know what became of it.
UNKNOWN = {502, 504}
# Nothing was sent.
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Speaker:
    """Speaks to one server with one token.

    `timeout`: seconds without a byte. `retries`: how often a request is sent again; `patience`: how many seconds all
    pauses of one request may take together.
    """

    def __init__(self, url: str, token: str, *, timeout: float, retries: int, patience: float) -> None:
        self.url = _checked_address(url)
        self.retries, self._patience = retries, patience
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Token {_checked_token(token)}"
        # Redirects are not followed: the token is meant for this server.
        self._http = httpx2.Client(headers=headers, timeout=timeout, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer, None where it has no body. Raises SynthWebError."""
        return _json(self._send("GET", path, query=query))

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Any:
        """The JSON of an answer to a request that writes. Raises SynthWebError.

        Each POST carries an idempotency key, `key` or one of its own, so that it is done once however often it is sent.
        """
        headers = {"If-Match": if_match} if if_match else {}
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return _json(self._send(method, path, headers=headers, content={} if body is None else {"json": body}))

    def upload(self, path: str, file: IO[bytes], name: str, form: Mapping[str, str]) -> Any:
        """POST a file as multipart, streamed from where it stands. Raises SynthWebError."""
        start = file.tell() if file.seekable() else None
        parts = {"files": {"file": (name, file, "application/octet-stream")}, "data": dict(form)}
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return _json(self._send("POST", path, headers=headers, content=parts, rewind=(file, start)))

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Every row of a list, page after page as they are needed. Raises SynthWebError."""
        asked = dict(query or {})
        while True:
            page = self.get(path, asked)
            if not (isinstance(page, dict) and {"results", "next"} <= page.keys()):
                raise SynthWebError(f"What is at {path} is no list with pages: ask for it with get.")
            yield from page["results"]
            if page["next"] is None:
                return
            # Only what is new in it: behind a proxy its host may be another one than ours, and that gets no token.
            asked["cursor"] = parse_qs(urlsplit(page["next"]).query)["cursor"][0]

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx2.Response]:
        """An open answer whose body is not read yet, an error's included. Raises httpx2.TransportError."""
        request = self._http.build_request("GET", self._address(path), headers={"Accept": "*/*", **headers})
        response = self._http.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
        rewind: tuple[IO[bytes], int | None] | None = None,
    ) -> httpx2.Response:
        headers = dict(headers or {})
        repeatable = method in ("GET", "PUT") or "Idempotency-Key" in headers
        if rewind is not None and rewind[1] is None:
            repeatable = False
        pauses = Pauses(self.retries, self._patience)
        while True:
            if rewind is not None and rewind[1] is not None:
                rewind[0].seek(rewind[1])
            try:
                response = self._http.request(
                    method, self._address(path), params=_parameters(query), headers=headers, **(content or {})
                )
            except httpx2.TransportError as error:
                again = isinstance(error, UNSENT) or repeatable
                if again and pauses.wait(None):
                    continue
                raise Unreachable(f"{self.url} gave no answer to {method} {path}: {_said(error)}") from error
            if response.is_success or response.status_code == 304:
                return response
            again = response.status_code in WAITING and (rewind is None or rewind[1] is not None)
            again = again or (response.status_code in UNKNOWN and repeatable)
            if not (again and pauses.wait(response)):
                raise problem_of(response)

    def _address(self, path: str) -> str:
        return f"{self.url}{ROOT}{path.lstrip('/')}"

    def problem(self, response: httpx2.Response) -> Problem:
        """Of a streamed answer."""
        response.read()
        return problem_of(response)

    def pauses(self) -> Pauses:
        return Pauses(self.retries, self._patience)


class Pauses:
    """Waits before a further try, longer each time, or as long as the server says."""

    def __init__(self, retries: int, patience: float) -> None:
        self._retries, self._left, self._tried = retries, patience, 0

    def wait(self, response: httpx2.Response | None) -> bool:
        """Wait; False, at once, where the tries or the patience are used up."""
        asked = retry_after(response) if response is not None else None
        pause = asked if asked is not None else min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._tried)
        # Everybody who was turned away at once would come back at once; nobody comes sooner than asked.
        pause *= random.uniform(1.0, 1.1) if asked is not None else random.uniform(0.5, 1.0)
        if self._tried >= self._retries or pause > self._left:
            return False
        self._tried += 1
        self._left -= pause
        time.sleep(pause)
        return True


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds, from either form of the header (RFC 9110 §10.2.3); None where it says nothing useful."""
    said = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            date = parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def setting(given: str | None, variable: str, what: str) -> str:
    """An argument, or else a variable of the environment. Raises SynthWebError."""
    found = given if given is not None else os.environ.get(variable, "")
    if not found:
        raise SynthWebError(f"The client needs {what}: give it, or set {variable}.")
    return found


def _checked_address(url: str) -> str:
    try:
        # Whatever the library would stumble over at the first request.
        parts = urlsplit(str(httpx2.URL(url)))
    except (httpx2.InvalidURL, ValueError) as error:
        raise SynthWebError(f"“{url}” is no server's address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise SynthWebError(f"“{url}” is no server's address, such as https://synthweb.example.org.")
    return url.rstrip("/").removesuffix(ROOT.rstrip("/"))


def _checked_token(token: str) -> str:
    token = token.strip()
    if not (token.isascii() and token.isalnum()):
        raise SynthWebError("A token has letters and digits only; this is none.")
    return token


def _parameters(query: Mapping[str, Any] | None) -> dict[str, str]:
    """Booleans as the API writes them; None is left out."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (query or {}).items()
        if value is not None
    }


def _json(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise Unreachable(f"What answers at {response.request.url} is no SynthWeb: its answer is no JSON.") from error


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
