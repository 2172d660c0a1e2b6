"""Replies held to a JSON schema while they are written, through llguidance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from transformers import LogitsProcessor

from .base import Permanent, Schema

KEPT = 16


class Grammars:
    """Compiled schemas of one model."""

    def __init__(self, tokenizer: Any, network: Any) -> None:
        self._tokenizer, self._vocabulary = tokenizer, int(network.config.get_text_config().vocab_size)
        self._end = network.generation_config.eos_token_id
        self._compiled: dict[str, LLMatcher] = {}

    def constraint(self, schema: Schema, leads: Sequence[str]) -> SchemaConstraint:
        """A constraint for one batch, one row per lead: a lead is the part of the reply that is written already.

        Raises Permanent where the schema cannot be kept, or a lead does not begin a reply that follows it.
        """
        compiled = self._compile(schema)
        matchers = []
        for lead in leads:
            matcher = compiled.deep_copy()
            if lead and not matcher.consume_tokens(self._tokens.tokenize_str(lead)):
                raise Permanent(f"“{lead[:80]}” does not begin a reply that follows the JSON schema.")
            matchers.append(matcher)
        return SchemaConstraint(matchers)

    @cached_property
    def _tokens(self) -> LLTokenizer:
        try:
            return from_tokenizer(self._tokenizer, n_vocab=self._vocabulary, eos_token=self._end)
        except ValueError as error:
            raise Permanent(f"Replies of this model cannot be held to a schema: {error}") from error

    def _compile(self, schema: Schema) -> LLMatcher:
        # Unsorted: a reply's parts are written in the schema's order, so that reasons come before what they lead to.
        key = json.dumps(schema)
        if key not in self._compiled:
            # No free whitespace: small models, asked for JSON, can go on writing blanks until they are cut.
            options: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
            matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_json_schema(key, defaults=options), log_level=0)
            if matcher.is_error():
                raise Permanent(f"Replies cannot be held to this JSON schema: {matcher.get_error()[:300]}")
            while len(self._compiled) >= KEPT:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[key] = matcher
        return self._compiled[key]


class SchemaConstraint(LogitsProcessor):
    """Forbids, row by row, every next token after which no valid reply could follow. Good for one batch."""

    def __init__(self, matchers: Sequence[LLMatcher]) -> None:
        self._matchers = matchers
        self._started = False

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """[rows, tokens so far], [rows, vocabulary] → the scores, minus infinity where a token is forbidden."""
        allowed = np.zeros(scores.shape, dtype=bool)
        for row, matcher in enumerate(self._matchers):
            # A finished row is padded until the longest one ends.
            if self._started and not matcher.is_stopped():
                matcher.consume_token(int(input_ids[row, -1]))
            bias = np.frombuffer(matcher.compute_logit_bias(), dtype=np.uint8)[: scores.shape[1]]
            allowed[row, : len(bias)] = bias > 0
        self._started = True
        return scores.masked_fill(~torch.from_numpy(allowed), -torch.inf)  # type: ignore[return-value]
