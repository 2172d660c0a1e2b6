"""What goes over the wire, and how much of it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from annotation.llms import Retryable
from annotation.llms.refusals import Misconfigured
from annotation.llms.transport import REPLY_BYTES, SENT_HEADERS
from tests.endpoints import KEY, Answer, refuses
from tests.llms.remote import SCHEMA, Serve, ask, echo, model_at, only


def test_a_request_carries_the_prompt_the_schema_and_the_key_and_nothing_of_this_process(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L4: proxies and OPENAI_… variables of the machine are not the administrator's connection."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "ADMIN_KEY"):
        monkeypatch.setenv(f"OPENAI_{name}", "canary-of-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Canary: canary-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    server = serve(echo)
    assert json.loads(only(ask(model_at(server), "money back")).text) == {"answer": "money back"}
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert set(headers) == {
        *SENT_HEADERS, "accept-encoding", "user-agent", "authorization"
    }  # fmt: skip
    assert "canary" not in str(asked).replace(KEY, "")
    assert asked.body["model"] == "tiny"
    assert asked.body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert asked.body["logprobs"] is True
    assert asked.body["temperature"] == 0
    assert asked.text == "Which?\n<text>\nmoney back\n</text>"


def test_without_a_key_none_is_sent(serve: Serve) -> None:
    server = serve(echo)
    only(ask(model_at(server, key=""), "x"))
    assert "authorization" not in {name.lower() for name in server.asked[0].headers}


def test_ten_megabytes_are_dropped_after_the_first(serve: Serve) -> None:
    """L6. The piece that was read cannot pass for a whole reply, and the connection is gone."""
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 10_000
            yield b'{"answer": "refund"}' + b" " * 9_980

    server = serve(lambda asked: Answer(flood()))
    text = only(ask(model_at(server), "x")).text
    assert len(text) < REPLY_BYTES + 100
    assert text.endswith("[the rest was not read]")
    assert sent < 10_000_000


def test_a_compressed_reply_that_nobody_asked_for_is_not_unpacked(serve: Serve) -> None:
    server = serve(lambda asked: Answer([b"\x1f\x8b"], headers={"content-encoding": "gzip"}))
    (result,) = ask(model_at(server), "x")
    assert isinstance(result, Retryable)


def test_redirects_are_not_followed(serve: Serve) -> None:
    """L2: an endpoint cannot send us, and our key, anywhere else."""
    elsewhere = serve(echo)
    server = serve(lambda asked: refuses(307, Location=f"{elsewhere.url}/chat/completions"))
    (result,) = ask(model_at(server), "x")
    assert isinstance(result, Misconfigured)
    assert elsewhere.asked == []


def test_nobody_at_the_address_is_retryable(serve: Serve) -> None:
    server = serve(echo)
    server.stop()
    (result,) = ask(model_at(server), "x")
    assert isinstance(result, Retryable)
    assert "cannot be reached" in str(result)
