"""What an endpoint's refusal means for us, in our own words."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from .base import ModelError, Permanent, Retryable
from .endpoints import ML_BACKEND, Endpoint

LONGEST_PAUSE = 300.0
PASSING = frozenset({408, 409, 425, 429})
# Phrases by which vLLM, llama.cpp, Ollama, TGI and the hosted ones say so; none of them is shown.
TOO_LONG = ("context_length", "context length", "context size", "context window", "too long", "max_model_len")


class Misconfigured(Permanent):
    """Every request will be refused alike until an administrator has put the connection right."""


class Refused(Permanent):
    """The endpoint did not understand the request. `misunderstood`: another manner of asking may help."""

    def __init__(self, message: str, *, misunderstood: bool) -> None:
        super().__init__(message)
        self.misunderstood = misunderstood


def refusal(endpoint: Endpoint, status: int, response: httpx2.Response | None) -> ModelError:
    """The error for a response's status; status 0: there was no response."""
    name = endpoint.called
    if status == 0:
        return Retryable(f"{name} cannot be reached.")
    if 300 <= status < 400:
        return Misconfigured(f"{name} redirects elsewhere, which is not followed; its address has to be put right.")
    if status in (401, 403):
        return Misconfigured(f"{name} refuses the key (status {status}).")
    if status in (404, 405):
        if endpoint.kind == ML_BACKEND:
            return Misconfigured(f"{name} is no ML back end of Label Studio (status {status}).")
        return Misconfigured(f"{name} has no chat completions, or no model “{endpoint.model}” (status {status}).")
    if status in PASSING or status >= 500:
        overload = "has too much to do" if status == 429 else "failed"
        return Retryable(f"{name} {overload} (status {status}).", retry_after(response))
    if status == 413 or (status in (400, 422) and _too_long(response)):
        return Refused(f"{name} says that the text is too long for its model.", misunderstood=False)
    return Refused(f"{name} refuses the request (status {status}).", misunderstood=status in (400, 422))


def retry_after(response: httpx2.Response | None) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110 §10.2.3); None where it says nothing useful."""
    said = response.headers.get("retry-after", "").strip() if response is not None else ""
    try:
        seconds = float(said)
    except ValueError:
        try:
            date = parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else None


def _too_long(response: httpx2.Response | None) -> bool:
    said = response.text.lower() if response is not None else ""
    return any(phrase in said for phrase in TOO_LONG)
