"""Fixed answers and staged faults: the twin of a real back end that tests and demos run against."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .base import ModelError, Permanent, Prompt, Reply, Retryable, Sampling, Schema, Scores

RULE_KEYS = {"contains", "asked", "answer", "confidence", "delay", "fault", "times", "retry_after", "rationale"}
MAX_DELAY = 60.0
EMBEDDING_WIDTH = 32

REPLIES: dict[str, Callable[[], str]] = {
    "invalid_json": lambda: '{"answer": "unfin',
    "refusal": lambda: "I'm sorry, but I can't help with that.",
    "empty": lambda: "",
    "unknown_label": lambda: json.dumps({"answer": "no such option"}),
    "several_labels": lambda: json.dumps({"answer": ["one", "two"]}),
    "huge": lambda: "x" * 10_000_000,
}
ERRORS = ("retryable", "permanent")
ENDINGS = ("crash", "hang")


def check_script(script: object) -> None:
    """Raise Permanent where this is not a script.

    A script: `{"rules": [rule, …], "default": rule}`, all optional. The first rule whose `contains` is part of the
    text applies, and whose `asked`, if it has one, is part of what is asked about it, else the default. A rule:
    `answer`, any JSON (left out: an option picked by the text's hash, or the least that the schema admits),
    `confidence` (default 0.9), `delay` in seconds, `rationale`, `fault` (one of REPLIES, ERRORS, ENDINGS) and `times`
    (the fault happens that often per text and process, then the rule answers), `retry_after` in seconds for
    `retryable`.
    """
    if not isinstance(script, Mapping) or not set(script) <= {"rules", "default"}:
        raise Permanent("A script is an object with “rules” and “default”.")
    rules = script.get("rules", [])
    if not isinstance(rules, list):
        raise Permanent("“rules” is a list.")
    for position, rule in enumerate([*rules, script.get("default", {})], 1):
        where = f"Rule {position}" if position <= len(rules) else "The default"
        if not isinstance(rule, Mapping) or not set(rule) <= RULE_KEYS:
            raise Permanent(f"{where} is an object of {', '.join(sorted(RULE_KEYS))}.")
        if position <= len(rules) and not isinstance(rule.get("contains"), str):
            raise Permanent(f"{where} needs “contains”, the text it applies to.")
        if not all(isinstance(rule.get(key, ""), str) for key in ("asked", "rationale", "fault")):
            raise Permanent(f"{where}: asked, rationale and fault are text.")
        for key, highest in (("confidence", 1.0), ("delay", MAX_DELAY), ("retry_after", 3_600.0), ("times", 1e6)):
            value = rule.get(key, 0)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
                raise Permanent(f"{where}: {key} is a number from 0 to {highest:g}.")
        fault = rule.get("fault")
        if fault is not None and fault not in (*REPLIES, *ERRORS, *ENDINGS):
            raise Permanent(f"{where}: “{fault}” is not a fault; known: {', '.join((*REPLIES, *ERRORS, *ENDINGS))}.")
        if fault in ENDINGS and os.environ.get("SYNTHWEB_ALLOW_FAULTS") != "1":
            # Anyone who may configure a labeler could otherwise kill or block the site's workers.
            raise Permanent(f"{where}: the fault “{fault}” needs SYNTHWEB_ALLOW_FAULTS=1 in the environment.")


class ScriptedModel:
    """Answers by JSON reply, as a hosted model would, so that the strict path is the one under test."""

    scores_options = False

    def __init__(self, config: Mapping[str, Any]) -> None:
        check_script(config)
        self._rules: list[Mapping[str, Any]] = list(config.get("rules", []))
        self._default: Mapping[str, Any] = config.get("default", {})
        self._faults: Counter[str] = Counter()
        self.digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]

    def choose(self, prompts: Sequence[Prompt], options: Sequence[str]) -> Scores:
        raise Permanent("A scripted model answers with text; use generate.")

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        return [self._reply(prompt, schema) for prompt in prompts]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors that depend on the text's hash alone."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        vectors = np.stack([np.random.default_rng(seed).normal(size=EMBEDDING_WIDTH) for seed in seeds] or [np.ones(1)])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True))[: len(texts)]

    def _reply(self, prompt: Prompt, schema: Schema | None) -> Reply | ModelError:
        asked = f"{prompt.instructions}\n{prompt.cue}".casefold()
        fitting = (
            rule
            for rule in self._rules
            if rule["contains"] in prompt.text and rule.get("asked", "").casefold() in asked
        )
        rule = next(fitting, self._default)
        time.sleep(rule.get("delay", 0))
        tokens = len(prompt.text.split())
        fault = rule.get("fault")
        if fault and ("times" not in rule or self._faults[prompt.text] < rule["times"]):
            self._faults[prompt.text] += 1
            if fault == "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            if fault == "hang":
                threading.Event().wait()
            if fault == "retryable":
                return Retryable("The scripted model is out of order.", rule.get("retry_after"))
            if fault == "permanent":
                return Permanent("The scripted model will not answer this.")
            text = REPLIES[fault]()
            return Reply(text, tokens, len(text.split()))
        if schema is None:
            text = rule.get("rationale", "As scripted.")
            return Reply(text, tokens, len(text.split()))
        answer = rule["answer"] if "answer" in rule else _least(schema["properties"]["answer"], prompt.text)
        said = {"reason": rule.get("rationale", "As scripted.")} if "reason" in schema["properties"] else {}
        return Reply(json.dumps({**said, "answer": answer}), tokens, 1, rule.get("confidence", 0.9))


def _least(schema: Schema, text: str) -> Any:
    """What a schema admits: one of a list by the text's hash, as few of a list as may be, every option in its order,
    every part of an object."""
    if "enum" in schema:
        return schema["enum"][int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % len(schema["enum"])]
    if schema["type"] == "string":
        return "As scripted."
    if schema["type"] == "object":
        return {name: _least(each, text) for name, each in schema["properties"].items()}
    each = schema["items"]
    if "enum" in each:
        return list(each["enum"][: schema.get("minItems", 0)])
    if each["type"] == "array":
        return [[value] for value in each["items"]["enum"]]
    return [_least(each, text)] * schema.get("minItems", 0)
