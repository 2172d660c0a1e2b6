"""Models that run in this process, through Hugging Face transformers."""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from . import probing, sharing, writing
from .base import ModelError, Permanent, Prompt, Reply, Sampling, Schema, Scores
from .computing import Arithmetic, computing, threads_allowed
from .constraining import Grammars
from .embedding import SentenceEncoder
from .packing import Tokens, batches, build_tree
from .probing import Deviation, Probe
from .scoring import PrefixStates, attends_to_everything, score_shared, score_whole
from .tokenizing import PromptTokenizer
from .weights import find_chat_model, weights_digest

TEXT_TOKENS = 1_024
PRECISIONS = {"auto": ("float32", "bfloat16"), "float32": ("float32",), "bfloat16": ("bfloat16",)}
# What the probe asks: words that every tokenizer knows, of different length.
PROBE_PREFIX = "Sort each message by what its sender wants.\n\n"
PROBE_TEXTS = ("I was charged twice and want my money back.", "The app closes.", "Hello.")
PROBE_OPTIONS = (" refund", " technical problem")


class LocalModel:
    """A causal language model on this machine: the bundled SmolLM2-135M-Instruct, or any local folder or hub id.

    Configuration, from the administrator and never from a project's members: `model` (a folder or hub id; default
    `SYNTHWEB_MODEL`, else the bundled one), `text_tokens` (how much of each text is read, default 1,024),
    `precision` (default `SYNTHWEB_PRECISION`, else `auto`: float32, or bfloat16 where that is faster and says the same;
    `float32` or `bfloat16` as ordered, the latter for half the memory).
    Raises Permanent when there is no such model.
    """

    scores_options = True

    def __init__(self, config: Mapping[str, Any]) -> None:
        unknown = set(config) - {"model", "text_tokens", "precision"}
        if unknown:
            raise Permanent(f"Unknown settings of a local model: {', '.join(sorted(unknown))}.")
        text_tokens = int(config.get("text_tokens", TEXT_TOKENS))
        dtypes = _dtypes(config.get("precision") or os.environ.get("SYNTHWEB_PRECISION") or "auto")
        named = config.get("model") or os.environ.get("SYNTHWEB_MODEL")
        try:
            source = self.source = str(named or find_chat_model())
            tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=not named)
            self._network: Any = self._adapted(
                AutoModelForCausalLM.from_pretrained(
                    source, local_files_only=not named, dtype=getattr(torch, dtypes[0])
                )
            ).eval()
        except (OSError, ValueError) as error:
            raise Permanent(f"The model “{named or 'bundled'}” cannot be loaded: {error}") from error
        self._tokens = PromptTokenizer(tokenizer, text_tokens)
        self._context = int(getattr(self._network.config, "max_position_embeddings", None) or 2_048)
        self._grammars = Grammars(tokenizer, self._network)
        weights = weights_digest(self._network)
        # One network for both: attention that shares a prefix where a call brings one, and transformers' own elsewhere.
        self._can_share = attends_to_everything(self._network)
        if self._can_share:
            self._network.set_attn_implementation(sharing.NAME)
        self.probe = probing.remembered(f"{weights} {dtypes}", lambda: self._probe(dtypes))
        self._arithmetic = self.probe.arithmetic
        self._network = self._network.to(getattr(torch, self._arithmetic.dtype))
        self._states = PrefixStates(self._network)
        settings = f"{weights} {text_tokens} {self._tokens.opening} {self._tokens.closing}"
        # Ways that compute the same model share a digest, so that two machines can vote as one annotator.
        way = "" if self.probe.exact else f" {self._arithmetic.dtype} {self._arithmetic.products}"
        self.digest = hashlib.sha256(f"{settings}{way}".encode()).hexdigest()[:16]

    def choose(self, prompts: Sequence[Prompt], options: Sequence[str]) -> Scores:
        """One forward pass per batch whatever the options' lengths: they are read as a tree after the prompt."""
        encoded = [self._tokens.encode(option) for option in options]
        tree = build_tree(encoded)
        extra = len(tree.tokens)
        logprobs = np.zeros((len(prompts), len(options)))
        tokens = np.zeros(len(prompts), dtype=np.int64)
        read = np.ones(len(prompts))
        for prefix, members in self._by_prefix(prompts):
            bodies = []
            for position in members:
                body, read[position] = self._tokens.body(prompts[position])
                bodies.append(body)
                tokens[position] = len(body) + extra
            if len(prefix) + max(map(len, bodies)) + extra > self._context:
                raise Permanent(f"The instructions are too long for the model: {len(prefix):,} tokens.")
            with computing(self._arithmetic):
                if self.probe.shares_prefix:
                    logprobs[members] = score_shared(self._network, self._states, prefix, bodies, tree)
                else:
                    logprobs[members] = score_whole(self._network, [prefix + body for body in bodies], encoded)
        return Scores(logprobs, tokens, read)

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        """Replies that begin with the prompt's `lead`: greedy without `sampling`, and held to the schema where given.

        A reply that reaches `max_tokens` is cut, also in the middle of its JSON. What is drawn for a prompt depends on
        the seed and on its place among the prompts.
        """
        replies: list[Reply | ModelError] = [Permanent("The prompt is too long for the model.")] * len(prompts)
        for prefix, members in self._by_prefix(prompts):
            bodies = {position: self._tokens.body(prompts[position])[0] for position in members}
            fitting = [i for i in members if len(prefix) + len(bodies[i]) + max_tokens <= self._context]
            lengths = [len(bodies[i]) + (0 if self.probe.shares_prefix else len(prefix)) for i in fitting]
            for batch in batches(lengths, extra=max_tokens, budget=writing.BATCH_TOKENS, rows=writing.BATCH_ROWS):
                rows = [fitting[i] for i in batch]
                written = self._write(prefix, [bodies[i] for i in rows], prompts, rows, schema, max_tokens, sampling)
                for position, tokens in zip(rows, written, strict=True):
                    text = prompts[position].lead + self._tokens.decode(tokens)
                    replies[position] = Reply(text, len(prefix) + len(bodies[position]), len(tokens))
        return replies

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return self._encoder.embed(texts)

    def _write(
        self,
        prefix: Tokens,
        bodies: Sequence[Tokens],
        prompts: Sequence[Prompt],
        rows: Sequence[int],
        schema: Schema | None,
        max_tokens: int,
        sampling: Sampling | None,
    ) -> list[Tokens]:
        """One batch. `rows`: which of the prompts the bodies are."""
        leads = [prompts[position].lead for position in rows]
        options: dict[str, Any] = {
            "pad": self._tokens.pad,
            "max_tokens": max_tokens,
            "constraint": self._grammars.constraint(schema, leads) if schema is not None else None,
            "sampling": sampling,
        }
        with computing(self._arithmetic):
            if self.probe.shares_prefix:
                return writing.write_shared(self._network, self._states, prefix, bodies, numbers=rows, **options)
            return writing.write_whole(self._network, [prefix + body for body in bodies], **options)

    def transcript(self, prompt: Prompt, reply: str) -> tuple[Tokens, Tokens]:
        """What it reads of a prompt, and the reply with its end mark as it would write it: what `tuning` teaches."""
        end = self._network.generation_config.eos_token_id
        ends = (end,) if isinstance(end, int) else tuple(end or ())[:1]
        return self._tokens.prefix(prompt) + self._tokens.body(prompt)[0], self._tokens.encode(reply) + ends

    def _adapted(self, network: Any) -> Any:
        """The network that is asked; fine-tuned models (`tuning`) ask another one than was loaded."""
        return network

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder()

    def _by_prefix(self, prompts: Sequence[Prompt]) -> Iterator[tuple[Tokens, list[int]]]:
        """Each distinct beginning, and the positions of the prompts that have it."""
        members: dict[str, list[int]] = {}
        for position, prompt in enumerate(prompts):
            members.setdefault(prompt.instructions, []).append(position)
        for positions in members.values():
            yield self._tokens.prefix(prompts[positions[0]]), positions

    def _probe(self, dtypes: Sequence[str]) -> Probe:
        """Measure this machine with this model: a few tiny forward passes."""
        config = self._network.config.get_text_config()
        width = int(config.hidden_size)
        shape = width, int(getattr(config, "intermediate_size", None) or 4 * width)
        with computing(Arithmetic(dtype=dtypes[0], threads=threads_allowed())):
            wanted = self._probe_scores(self._network, shares=False)
            shares = self._can_share and self._shares_exactly(wanted, dtypes[0])

        def deviation(way: Arithmetic) -> Deviation:
            network = self._network
            if network.dtype != getattr(torch, way.dtype):
                network = copy.deepcopy(network).to(getattr(torch, way.dtype))
            with computing(way):
                together = self._probe_scores(network, shares=shares)
                found = Deviation(float(np.abs(together - wanted).max()))
                if not found.allowed:
                    return found
                alone = self._probe_scores(network, shares=shares, alone=True)
            return replace(found, batch=float(np.abs(together - alone).max()))

        # Where a second copy of the weights has no room, what it would say is not worth asking.
        return probing.fastest(
            shape, deviation, dtypes if _has_room(self._network) else dtypes[:1], shares_prefix=shares
        )

    def _shares_exactly(self, wanted: np.ndarray, dtype: str) -> bool:
        try:
            found = self._probe_scores(self._network, shares=True)
        except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
            # An architecture that takes no foreign attention, or has one that cannot be split.
            return False
        # In bfloat16 the reference itself is rough; wrong attention is off by far more than that.
        return bool(np.abs(found - wanted).max() <= (probing.EXACT if dtype == "float32" else 1.0))

    def _probe_scores(self, network: Any, *, shares: bool, alone: bool = False) -> np.ndarray:
        """[texts, options] log-probabilities, normalised over the options, because that is what becomes a vote."""
        prompts = [Prompt(PROBE_PREFIX, text, "\n\n", "The answer is") for text in PROBE_TEXTS]
        prefix = self._tokens.prefix(prompts[0])
        bodies = [self._tokens.body(prompt)[0] for prompt in prompts]
        options = [self._tokens.encode(option) for option in PROBE_OPTIONS]
        if shares:
            states, tree = PrefixStates(network), build_tree(options)
            groups = [[body] for body in bodies] if alone else [bodies]
            found = np.concatenate([score_shared(network, states, prefix, group, tree) for group in groups])
        else:
            found = score_whole(network, [prefix + body for body in bodies], options)
        return found - np.logaddexp.reduce(found, axis=1, keepdims=True)


def _has_room(network: Any) -> bool:
    """Whether this machine's free memory holds the network twice more."""
    if "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return False
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return free > 2 * sum(weight.numel() * weight.element_size() for weight in network.parameters())


def _dtypes(precision: object) -> tuple[str, ...]:
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise Permanent(
            f"The precision of a local model is one of {', '.join(PRECISIONS)}, not {str(precision)[:40]!r}."
        )
    return PRECISIONS[precision]
