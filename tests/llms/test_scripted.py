"""The scripted twin keeps to its script."""

from __future__ import annotations

import json

import pytest

from annotation.llms import Permanent, Prompt, Reply, Retryable
from annotation.llms.scripted import ScriptedModel

SCHEMA = {"properties": {"answer": {"enum": ["a", "b"]}}}


def test_rules_answer_by_substring_and_the_rest_by_default() -> None:
    model = ScriptedModel(
        {"rules": [{"contains": "money", "answer": "b", "confidence": 0.7}], "default": {"answer": "a"}}
    )
    first, second = model.generate([Prompt("", "my money"), Prompt("", "hello")], schema=SCHEMA)
    assert first == Reply('{"answer": "b"}', 2, 1, 0.7)
    assert json.loads(second.text) == {"answer": "a"}


def test_a_fault_with_times_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedModel({"default": {"answer": "a", "fault": "retryable", "times": 2, "retry_after": 3}})
    outcomes = [model.generate([Prompt("", "x")], schema=SCHEMA)[0] for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Retryable, Retryable, Reply]
    assert outcomes[0].retry_after == 3


@pytest.mark.parametrize(
    "script",
    [
        [],
        {"rule": []},
        {"rules": [{}]},
        {"default": {"fault": "no such fault"}},
        {"default": {"delay": 1e9}},
        {"default": {"confidence": True}},
        {"default": {"url": "http://example.org"}},
    ],
)
def test_a_bad_script_is_refused(script: object) -> None:
    with pytest.raises(Permanent):
        ScriptedModel(script)


def test_killing_the_worker_needs_the_administrators_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNTHWEB_ALLOW_FAULTS", raising=False)
    with pytest.raises(Permanent, match="SYNTHWEB_ALLOW_FAULTS"):
        ScriptedModel({"default": {"fault": "crash"}})
    monkeypatch.setenv("SYNTHWEB_ALLOW_FAULTS", "1")
    ScriptedModel({"default": {"fault": "crash"}})
