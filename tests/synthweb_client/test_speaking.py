from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from synthweb_client import Conflict, NotAllowed, Overloaded, Refused, SynthWeb, SynthWebError, Unreachable
from tests.endpoints import Answer, Asked, Behaviour, Server

Serve = Callable[[Behaviour], Server]
TOKEN = "a1b2c3d4"


def reach(server: Server, **options: Any) -> SynthWeb:
    return SynthWeb(server.url.removesuffix("/v1"), TOKEN, **{"timeout": 5.0, **options})


def body(document: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer([json.dumps(document).encode()], status, {"Content-Type": "application/json", **named})


def test_what_may_have_been_done_is_sent_again_under_its_key(serve: Serve) -> None:
    def behave(asked: Asked) -> Answer:
        match asked.number:
            case 0:
                return body({"detail": "The database cannot be reached."}, 503, Retry_After="0")
            case 1:
                return Answer(iter([b"{"]), 200, {"Content-Length": "9"})  # the answer is lost
            case 2:
                return Answer([b"<html>"], 502)
        return body({"assignment": 3})

    server = serve(behave)
    with reach(server) as web:
        assert web.project("p").claim() == {"assignment": 3}
    assert [asked.path for asked in server.asked] == ["/api/v1/projects/p/claims/"] * 4
    keys = {asked.headers["Idempotency-Key"] for asked in server.asked}
    assert len(keys) == 1
    assert all(asked.headers["Authorization"] == f"Token {TOKEN}" for asked in server.asked)


def test_nobody_comes_back_sooner_than_asked_nor_waits_beyond_their_patience(serve: Serve) -> None:
    server = serve(lambda asked: body({"detail": "Too many requests."}, 429, Retry_After="40"))
    with reach(server, patience=30.0) as web, pytest.raises(Overloaded, match="Too many requests"):
        web.me()
    assert len(server.asked) == 1


def test_a_refusal_says_what_is_wrong_and_where_and_is_not_repeated(serve: Serve) -> None:
    problem = {
        "type": "urn:synthweb:problem:version-conflict",
        "detail": "Two things are wrong.",
        "errors": [
            {"field": "questions.0.options", "message": "At least two."},
            {"field": "name", "message": "Taken."},
        ],
        "current": {"version": 4},
    }
    statuses = {0: 400, 1: 409, 2: 401}
    server = serve(lambda asked: body(problem, statuses[asked.number]))
    with reach(server) as web:
        with pytest.raises(Refused) as refused:
            web.create_project("x", questions=[])
        with pytest.raises(Conflict) as conflict:
            web.project("p").resolve(7, {}, version=2)
        with pytest.raises(NotAllowed):
            web.me()
    assert str(refused.value) == (
        "Two things are wrong. (questions.0.options: At least two.; name: Taken.) [POST /api/v1/projects/: 400]"
    )
    assert [each.field for each in refused.value.errors] == ["questions.0.options", "name"]
    assert (conflict.value.kind, conflict.value.current) == ("version-conflict", {"version": 4})
    assert len(server.asked) == 3


def test_what_is_no_list_is_said_to_be_none(serve: Serve) -> None:
    with (
        reach(serve(lambda asked: body({"newest": None}))) as web,
        pytest.raises(SynthWebError, match="fits/ is no list"),
    ):
        list(web.pages("projects/p/fits/"))


def test_the_token_goes_to_no_other_server(serve: Serve) -> None:
    elsewhere = serve(lambda asked: body({}))
    pages = [
        body({"results": [1, 2], "next": f"{elsewhere.url}/api/v1/projects/p/flags/?cursor=2&limit=2"}),
        body({"results": [3], "next": None}),
        Answer([], 302, {"Location": elsewhere.url}),
    ]
    server = serve(lambda asked: pages[asked.number])
    with reach(server) as web:
        assert list(web.pages("projects/p/flags/", limit=2)) == [1, 2, 3]
        with pytest.raises(Refused, match="redirects to"):
            web.me()
    assert server.asked[1].path == "/api/v1/projects/p/flags/?limit=2&cursor=2"
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("", "a"),
        ("ftp://x", "a"),
        ("http://user:secret@x", "a"),
        ("http://x", ""),
        ("http://x", "a\r\nX: y"),
        ("http://[::1", "a"),
    ],
)
def test_what_can_reach_no_server_is_said_at_once(url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTHWEB_URL", raising=False)
    monkeypatch.delenv("SYNTHWEB_TOKEN", raising=False)
    with pytest.raises(SynthWebError):
        SynthWeb(url, token)


def test_a_server_that_is_not_there_is_named(serve: Serve) -> None:
    server = serve(lambda asked: body({}))
    server.stop()
    with reach(server, retries=1) as web, pytest.raises(Unreachable, match="gave no answer to GET me/"):
        web.me()
