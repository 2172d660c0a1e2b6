"""People without think time: one process each, one connection each, all starting at once.

Only the standard library: a new process must be ready soon and cost the server's cores little.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from multiprocessing.synchronize import Barrier

from benchmarks.client import Client
from benchmarks.texts import OPTIONS

READY_LIMIT = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Job:
    """What one person does: `answers` answers in project `slug` by `way`."""

    way: str
    url: str
    slug: str
    token: str
    cookies: dict[str, str]
    answers: int


@dataclass(slots=True)
class Done:
    """What one person saw. Times in seconds; `items` are those whose answers were acknowledged."""

    claims: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


def work(jobs: Sequence[Job]) -> list[Done]:
    """Run all jobs at once and return when the last has ended."""
    processes = multiprocessing.get_context("spawn")
    barrier = processes.Barrier(len(jobs))
    with processes.Pool(len(jobs), _enter, (barrier,)) as pool:
        # The barrier holds every process at its first job until all have one.
        return pool.map(_work, jobs, chunksize=1)


def sign_in(client: Client, link: str) -> None:
    """Spend a one-time link; the session is in the client's cookies then."""
    form = client.page(link)
    client.form(link, {"csrfmiddlewaretoken": _value(form, "csrfmiddlewaretoken")}, expect=(302,))


_barrier: Barrier | None = None


def _enter(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _work(job: Job) -> Done:
    done = Done()
    client = Client(job.url, job.token)
    client.cookies = dict(job.cookies)
    assert _barrier is not None
    _barrier.wait(READY_LIMIT)
    done.began = time.time()
    WAYS[job.way](client, job, done)
    done.ended = time.time()
    client.close()
    return done


def _by_api(client: Client, job: Job, done: Done) -> None:
    """Claim, then submit: two requests an answer."""
    for number in range(job.answers):
        began = time.perf_counter()
        lease = client.api("POST", f"projects/{job.slug}/claims/", {})
        claimed = time.perf_counter()
        client.api("POST", f"projects/{job.slug}/annotations/", _answer(lease["assignment"], number), key=_key())
        done.submits.append(time.perf_counter() - claimed)
        done.claims.append(claimed - began)
        done.items.append(lease["item"]["id"])


def _by_api_with_next(client: Client, job: Job, done: Done) -> None:
    """The answer brings the next item: one request an answer."""
    began = time.perf_counter()
    lease = client.api("POST", f"projects/{job.slug}/claims/", {})
    done.claims.append(time.perf_counter() - began)
    for number in range(job.answers):
        body = _answer(lease["assignment"], number) | {"claim_next": number + 1 < job.answers}
        began = time.perf_counter()
        answer = client.api("POST", f"projects/{job.slug}/annotations/", body, key=_key())
        done.submits.append(time.perf_counter() - began)
        done.items.append(lease["item"]["id"])
        lease = answer.get("next")


def _by_pages(client: Client, job: Job, done: Done) -> None:
    """As the browser does: the page once, then each answer's response is the next card."""
    began = time.perf_counter()
    card = client.page(f"/projects/{job.slug}/annotate/")
    done.claims.append(time.perf_counter() - began)
    for number in range(job.answers):
        fields = {
            "csrfmiddlewaretoken": _value(card, "csrfmiddlewaretoken"),
            "idempotency_key": _value(card, "idempotency_key"),
            "answer-intent": OPTIONS[number % len(OPTIONS)],
            "seconds": "1",
        }
        item = int(_found(ITEM, card))
        submit = unescape(_found(SUBMIT, card))
        began = time.perf_counter()
        card = json.loads(client.form(submit, fields, desk=True)).get("card", "")
        done.submits.append(time.perf_counter() - began)
        done.items.append(item)


WAYS: dict[str, Callable[[Client, Job, Done], None]] = {
    "API": _by_api,
    "API, claim_next": _by_api_with_next,
    "pages": _by_pages,
}

ITEM = re.compile(r'data-draft="\d+:[^:"]*:(\d+)"')
SUBMIT = re.compile(r'id="answer-form"[^>]* action="([^"]+)"')


def _answer(assignment: int, number: int) -> dict[str, object]:
    return {"assignment": assignment, "answers": {"intent": OPTIONS[number % len(OPTIONS)]}, "seconds": 1.0}


def _key() -> str:
    return uuid.uuid4().hex


def _value(page: str, name: str) -> str:
    return unescape(_found(re.compile(rf'name="{name}" value="([^"]*)"'), page))


def _found(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    if match is None:
        raise ValueError(f"no {pattern.pattern} on the page: {page[:500]}")
    return match[1]
