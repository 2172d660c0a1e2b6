"""Attention over a beginning that all rows share, without a copy of it per row.

Each query attends to the shared keys and to its own row's keys separately, and the two results are merged by their
softmax denominators, which is exact (Hydragen, Juravsky et al. 2024, arXiv:2402.05099). Rows are laid end to end, so
that no product is spent on padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from .packing import OptionTree, Tokens

NAME = "synthweb_shared_prefix"

Layers = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True, slots=True)
class Packed:
    """n rows of body and option tree, t tokens in all, that follow one prefix."""

    layers: Layers
    """Keys and values of the prefix [1, heads, length, width], per layer; empty where there is no prefix."""
    tokens: torch.Tensor
    """[1, t]"""
    positions: torch.Tensor
    """[1, t] from the beginning of the prefix."""
    padded: torch.Tensor
    """[n, w] where each row's tokens lie in `tokens`; 0 beyond its end."""
    flat: torch.Tensor
    """[t] where each token lies in the padded rows, flattened."""
    mask: torch.Tensor
    """[n, 1, w, w] 0 where the token of the row may look at that of the column, else minus infinity."""
    nodes: torch.Tensor
    """[n × nodes] the tokens after which an option may go on: each body's last, then its tree."""


@dataclass(frozen=True, slots=True)
class Beside:
    """n rows of equal width with keys and values of their own, q of them asking, that follow one prefix."""

    layers: Layers
    """As in Packed."""
    mask: torch.Tensor
    """[n, 1, q, w] as in Packed, w with what was read before."""


def pack(layers: Layers, start: int, bodies: Sequence[Tokens], tree: OptionTree, dtype: torch.dtype) -> Packed:
    """Lay out bodies that follow a prefix of `start` tokens, each with the tree after it."""
    extra = len(tree.tokens)
    lengths = np.array([len(body) for body in bodies])
    width = int(lengths.max()) + extra
    offsets = np.concatenate([[0], np.cumsum(lengths + extra)])
    filled = np.arange(width) < (lengths + extra)[:, None]
    sees = np.tril(np.ones((width, width), dtype=bool))[None].repeat(len(bodies), axis=0)
    positions = []
    for row, length in enumerate(lengths):
        sees[row, length : length + extra, length : length + extra] = tree.ancestors
        positions += [np.arange(start, start + length), start + length - 1 + tree.depths]
    return Packed(
        layers=layers,
        tokens=torch.tensor([[token for body in bodies for token in (*body, *tree.tokens.tolist())]]),
        positions=torch.from_numpy(np.concatenate(positions))[None],
        padded=torch.from_numpy(np.where(filled, offsets[:-1, None] + np.arange(width), 0)),
        flat=torch.from_numpy(np.flatnonzero(filled)),
        mask=torch.zeros(len(bodies), 1, width, width, dtype=dtype).masked_fill_(
            ~torch.from_numpy(sees)[:, None], -torch.inf
        ),
        nodes=torch.from_numpy(
            (offsets[:-1, None] + lengths[:, None] - 1 + np.arange(extra + 1)).reshape(-1).astype(np.int64)
        ),
    )


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    packed: Packed | Beside | None = None,
    **options: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Attention as transformers calls it: query [n, heads, q, d], key, value [n, key heads, w, d] → [n, q, heads, d].

    Rows that are Packed come as n = 1. Without `packed` this is transformers' own. Raises ValueError for attention
    of a kind that cannot be split.
    """
    if packed is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **options
        )
    if any(options.get(name) is not None for name in ("softcap", "s_aux", "sliding_window", "position_bias")):
        raise ValueError("This model's attention cannot be split.")
    if isinstance(packed, Packed):
        out, weight = _attend_to_packed(query, key, value, packed, scaling)
    else:
        out, weight = _attend_to_own(query, key, value, packed.mask, scaling)
    if packed.layers:
        keys, values = packed.layers[int(module.layer_idx)]  # type: ignore[arg-type]
        shared, shared_weight = _attend_to_prefix(query, keys, values, scaling)
        out = torch.lerp(shared.float(), out.float(), torch.sigmoid(weight - shared_weight)[..., None])
    return out.to(query.dtype).transpose(1, 2), None


def _attend_to_prefix(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """([n, heads, q, d] results, [n, heads, q] logarithms of the softmax denominators)."""
    rows, heads, count, width = query.shape
    # All queries see the whole prefix, so those of all rows, and of heads that share keys, can stand in one column.
    column = query.transpose(0, 1).reshape(1, keys.shape[1], -1, width)
    out, weight = _flash(column, keys, values, None, scaling)
    return out.reshape(heads, rows, count, width).transpose(0, 1), weight.reshape(heads, rows, count).transpose(0, 1)


def _attend_to_own(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, scaling: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """As above, for each row's own tokens."""
    repeats = query.shape[1] // key.shape[1]
    return _flash(query, key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1), mask, scaling)


def _attend_to_packed(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, packed: Packed, scaling: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """As above, [1, heads, t, d] and [1, heads, t], for rows laid end to end."""
    heads, width = query.shape[1], query.shape[3]
    queries, keys, values = (part[0][:, packed.padded].transpose(0, 1) for part in (query, key, value))
    out, weight = _attend_to_own(queries, keys, values, packed.mask, scaling)
    flat = out.transpose(0, 1).reshape(heads, -1, width)[:, packed.flat]
    return flat[None], weight.transpose(0, 1).reshape(heads, -1)[:, packed.flat][None]


def _flash(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    # The public function keeps the denominators, which the merge needs, to itself.
    out, weight = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, False, attn_mask=mask, scale=scaling
    )
    return out, weight.float()


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
