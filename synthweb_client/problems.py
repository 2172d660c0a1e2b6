"""What can go wrong, as exceptions that say what and where (RFC 9457 problem details)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

SHOWN_ERRORS = 5


class SynthWebError(Exception):
    """Anything that this client raises by itself."""


class Unreachable(SynthWebError):
    """No answer came, however often it was asked."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of a request: `field` says where, such as `questions.0.options`."""

    field: str
    message: str


class Problem(SynthWebError):
    """The server's answer was an error. `str()` is a sentence with the fields at fault and the request.

    `kind` names the error within the product (`lease-lost`, `version-conflict` …), empty where the status says it all;
    `body` is the whole problem detail.
    """

    def __init__(self, status: int, body: Mapping[str, Any], request: str) -> None:
        self.status, self.body, self.request = status, body, request
        self.detail = str(body.get("detail") or body.get("title") or "The server gave no reason.")
        self.kind = str(body.get("type", "")).rpartition("urn:synthweb:problem:")[2].replace("about:blank", "")
        said = body.get("errors")
        self.errors = tuple(
            FieldError(str(each.get("field", "")), str(each.get("message", "")))
            for each in (said if isinstance(said, list) else ())
            if isinstance(each, dict)
        )
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        told = [f"{each.field}: {each.message}" for each in self.errors if each.message != self.detail or each.field]
        more = f"; and {len(told) - SHOWN_ERRORS} more" if len(told) > SHOWN_ERRORS else ""
        where = f" ({'; '.join(told[:SHOWN_ERRORS])}{more})" if told else ""
        return f"{self.detail}{where} [{self.request}: {self.status}]"


class Refused(Problem):
    """400, 413, 415, 422: something in the request is wrong, and nothing was changed."""


class NotAllowed(Problem):
    """401, 403: the token is unknown or expired, or it or your role does not allow this."""


class NotFound(Problem):
    """404: there is no such thing, as far as you may see."""


class Conflict(Problem):
    """409, 412: the world moved on since you looked. `current` says how things stand, where the server told."""

    @property
    def current(self) -> Any:
        return self.body.get("current")


class Overloaded(Problem):
    """429, 503: not now, and waiting as long as the client may did not help."""


class ServerFailed(Problem):
    """Another 5xx: a fault of the server's, or of something before it."""


_BY_STATUS: dict[int, type[Problem]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    429: Overloaded,
    503: Overloaded,
}


def problem_of(response: httpx2.Response) -> Problem:
    """The exception for an answer that is none of success. The response has been read."""
    request = f"{response.request.method} {response.request.url.path}"
    status = response.status_code
    if 300 <= status < 400:
        goal = response.headers.get("location", "elsewhere")
        return Refused(status, {"detail": f"The server redirects to {goal}; give the client that address."}, request)
    kind = _BY_STATUS.get(status) or (ServerFailed if status >= 500 else Refused)
    return kind(status, _body(response), request)


def _body(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    return {"detail": f"The answer is no problem detail of SynthWeb’s: {response.reason_phrase or 'no reason given'}."}
