"""Replies from a local model, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache, LogitsProcessor, LogitsProcessorList

from .base import Sampling
from .packing import Tokens
from .scoring import PrefixStates
from .sharing import Beside

# Of a row's own tokens, the reply's included: their keys and values are kept while a batch is written.
BATCH_TOKENS, BATCH_ROWS = 16_384, 64
SEEDS = 2**31


def write_shared(
    network: Any,
    states: PrefixStates,
    prefix: Tokens,
    bodies: Sequence[Tokens],
    *,
    pad: int,
    max_tokens: int,
    constraint: LogitsProcessor | None = None,
    sampling: Sampling | None = None,
    numbers: Sequence[int] = (),
) -> list[Tokens]:
    """The tokens that follow prefix and body in each row, up to the end mark; the prefix is read once for all.

    `numbers`: per row, what its draws depend on besides the seed.
    """
    layers = states.read(prefix)
    ids, present = _padded(bodies, pad)
    positions = len(prefix) + (present.cumsum(1) - 1).clamp(min=0)
    cache = DynamicCache(config=network.config)
    choose = _Chooser(sampling, numbers)
    ends = torch.tensor(sorted(_end_tokens(network)), dtype=torch.long)
    written = torch.empty(len(bodies), 0, dtype=torch.long)
    open_rows = torch.ones(len(bodies), dtype=torch.bool)
    for _ in range(max_tokens):
        mask = _mask(present, ids.shape[1], network.dtype)
        logits = network(
            input_ids=ids,
            position_ids=positions,
            attention_mask=mask[:1, :, :1, :1],  # four dimensions: transformers makes none of its own
            past_key_values=cache,
            logits_to_keep=1,
            packed=Beside(layers, mask),
        ).logits[:, -1]
        scores = logits.float()
        ids = choose(scores if constraint is None else constraint(written, scores))[:, None]
        written = torch.cat([written, torch.where(open_rows[:, None], ids, pad)], dim=1)
        open_rows &= ~torch.isin(ids[:, 0], ends)
        if not open_rows.any():
            break
        positions = positions[:, -1:] + 1
        present = torch.cat([present, torch.ones_like(present[:, :1])], dim=1)
    return _cut(written, _end_tokens(network) | {pad})


def write_whole(
    network: Any,
    prompts: Sequence[Tokens],
    *,
    pad: int,
    max_tokens: int,
    constraint: LogitsProcessor | None = None,
    sampling: Sampling | None = None,
) -> list[Tokens]:
    """The tokens that follow each prompt, by transformers' own `generate`: for models whose prefix cannot be shared."""
    ids, present = _padded(prompts, pad)
    drawn: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if sampling is not None and sampling.temperature > 0:
        drawn = {"do_sample": True, "temperature": sampling.temperature, "top_p": 1.0, "top_k": 0}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(sampling.seed if sampling is not None else 0)
        written = network.generate(
            input_ids=ids,
            attention_mask=present.long(),
            max_new_tokens=max_tokens,
            pad_token_id=pad,
            logits_processor=LogitsProcessorList([constraint] if constraint is not None else []),
            **drawn,
        )
    return _cut(written[:, ids.shape[1] :], _end_tokens(network) | {pad})


class _Chooser:
    """Picks each row's next token: the likeliest, or drawn. A row's draws do not depend on the rows beside it."""

    def __init__(self, sampling: Sampling | None, numbers: Sequence[int]) -> None:
        self._temperature = sampling.temperature if sampling is not None else 0.0
        seed = sampling.seed if sampling is not None else 0
        self._generators = [torch.Generator().manual_seed((seed * 1_000_003 + number) % SEEDS) for number in numbers]

    def __call__(self, scores: torch.Tensor) -> torch.Tensor:
        """[rows, vocabulary] → [rows]"""
        if self._temperature <= 0:
            return scores.argmax(-1)
        shares = torch.softmax(scores / self._temperature, dim=-1)
        drawn = [
            torch.multinomial(row, 1, generator=generator)
            for row, generator in zip(shares, self._generators, strict=True)
        ]
        return torch.cat(drawn)


def _padded(rows: Sequence[Tokens], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """[n, width] tokens padded on the left, and which of them are real."""
    width = max(map(len, rows))
    ids = torch.tensor([[*[pad] * (width - len(row)), *row] for row in rows])
    lengths = torch.tensor([[len(row)] for row in rows])
    return ids, torch.arange(width) >= width - lengths


def _mask(present: torch.Tensor, asking: int, dtype: torch.dtype) -> torch.Tensor:
    """[n, 1, asking, width] 0 where one of the last `asking` columns may look, else minus infinity."""
    rows, width = present.shape
    behind = torch.arange(width) <= torch.arange(width - asking, width)[:, None]
    sees = behind & present[:, None, :]
    # Padding looks at itself, because a row that looks at nothing is NaN.
    sees |= torch.arange(width) == torch.arange(width - asking, width)[:, None]
    return torch.zeros(rows, 1, asking, width, dtype=dtype).masked_fill_(~sees[:, None], -torch.inf)


def _end_tokens(network: Any) -> set[int]:
    end = network.generation_config.eos_token_id
    return set() if end is None else {end} if isinstance(end, int) else set(end)


def _cut(written: torch.Tensor, ends: set[int]) -> list[Tokens]:
    """[n, tokens] → each row up to its first end mark."""
    cut = []
    for row in written.tolist():
        stop = next((position for position, token in enumerate(row) if token in ends), len(row))
        cut.append(tuple(row[:stop]))
    return cut
