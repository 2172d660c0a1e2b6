"""Downloads that break off go on where they stopped (RFC 9110, §14), and never with bytes of another file."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import RequestFactory

from annotation.workflow.downloading import Download
from annotation.workflow.serving import serve

DATA = bytes(range(256)) * 40
ETAG = '"abc"'


def asked(method: str = "get", **headers: str) -> Any:
    request = getattr(RequestFactory(), method)("/file", headers=headers)
    return serve(Download(io.BytesIO(DATA), "a.bin", "application/x-test", "abc", len(DATA)), request)


@pytest.mark.parametrize(
    ("range_", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10_000, len(DATA)),
        ("bytes=-5", len(DATA) - 5, len(DATA)),
        ("bytes=-999999", 0, len(DATA)),
        ("bytes=5-999999", 5, len(DATA)),
    ],
)
def test_a_range_is_that_part_of_the_file(range_: str, start: int, end: int) -> None:
    response = asked(Range=range_)
    assert (response.status_code, response.getvalue()) == (206, DATA[start:end])
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert int(response["Content-Length"]) == end - start
    assert (response["ETag"], response["Accept-Ranges"]) == (ETAG, "bytes")


@pytest.mark.parametrize("range_", ["bytes=10240-", "bytes=9-8", "bytes=-0", "bytes=99999999999999999-"])
def test_a_range_outside_of_the_file_is_416_with_its_size(range_: str) -> None:
    response = asked(Range=range_)
    assert (response.status_code, response.content) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=-"},
        {"Range": "lines=1-2"},
        {"Range": "bytes=1-2", "If-Range": '"other"'},
        {"Range": "bytes=1-2", "If-Range": f"W/{ETAG}"},
        {"If-None-Match": '"other"'},
    ],
    ids=str,
)
def test_anything_else_is_answered_with_all_of_it(headers: dict[str, str]) -> None:
    response = asked(**headers)
    assert (response.status_code, response.getvalue()) == (200, DATA)
    assert int(response["Content-Length"]) == len(DATA)


def test_who_has_it_is_told_so_and_who_has_part_of_it_gets_the_rest() -> None:
    assert asked(**{"If-None-Match": f'"x", {ETAG}'}).status_code == 304
    assert asked(**{"Range": "bytes=1-2", "If-Range": ETAG}).getvalue() == DATA[1:3]
    head = asked("head", Range="bytes=0-9")
    assert (head.status_code, head["Content-Length"]) == (206, "10")
