"""How likely each option is after each prompt, by one forward pass."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from . import sharing
from .packing import OptionTree, Tokens, batches
from .sharing import Layers

BATCH_TOKENS, BATCH_ROWS = 4_096, 64
LOGIT_ROWS = 1_024
KEPT_PREFIXES = 8


class PrefixStates:
    """Keys and values of the beginnings that prompts share, read once; the last few are kept."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._kept: OrderedDict[Tokens, Layers] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, prefix: Tokens) -> Layers:
        """[1, heads, length, width] per layer; empty for an empty prefix."""
        with self._lock:
            if prefix not in self._kept:
                cache = DynamicCache(config=self._network.config)
                if prefix:
                    self._network(input_ids=torch.tensor([prefix]), past_key_values=cache, logits_to_keep=1)
                layers: list[Any] = list(cache.layers)
                self._kept[prefix] = [(layer.keys, layer.values) for layer in layers if layer.is_initialized]
            self._kept.move_to_end(prefix)
            while len(self._kept) > KEPT_PREFIXES:
                self._kept.popitem(last=False)
            return self._kept[prefix]


def attends_to_everything(network: Any) -> bool:
    """Whether every layer's state is plain keys and values of the whole context: no window, no recurrence."""
    if not getattr(network, "_supports_attention_backend", False):
        return False
    return all(type(layer) is DynamicLayer for layer in DynamicCache(config=network.config).layers)


def score_shared(
    network: Any, states: PrefixStates, prefix: Tokens, bodies: Sequence[Tokens], tree: OptionTree
) -> np.ndarray:
    """[n, options] log-probabilities: the prefix is read once, every option in the same pass as the body before it."""
    layers = states.read(prefix)
    scores = np.zeros((len(bodies), len(tree.steps)))
    extra = len(tree.tokens)
    rows = max(1, min(BATCH_ROWS, LOGIT_ROWS // (extra + 1)))
    for batch in batches(list(map(len, bodies)), extra=extra, budget=BATCH_TOKENS, rows=rows):
        packed = sharing.pack(layers, len(prefix), [bodies[i] for i in batch], tree, network.dtype)
        logits = network(
            input_ids=packed.tokens,
            position_ids=packed.positions,
            # Four dimensions: taken as it is, so that transformers makes none of its own, which nobody would read.
            attention_mask=packed.mask[:1, :, :1, :1],
            use_cache=False,
            logits_to_keep=packed.nodes,
            packed=packed,
        ).logits
        scores[batch] = _option_scores(logits.reshape(len(batch), extra + 1, -1), tree)
    return scores


def score_whole(network: Any, prompts: Sequence[Tokens], options: Sequence[Tokens]) -> np.ndarray:
    """[n, options] log-probabilities by the definition: every prompt with every option, whole and alone.

    For models that `score_shared` cannot read, and the reference that it is held to.
    """
    scores = np.zeros((len(prompts), len(options)))
    for row, prompt in enumerate(prompts):
        for column, option in enumerate(options):
            logits = network(input_ids=torch.tensor([[*prompt, *option]]), use_cache=False).logits[
                0, -len(option) - 1 :
            ]
            steps = logits[:-1].float().log_softmax(-1)
            scores[row, column] = float(steps[torch.arange(len(option)), torch.tensor(option)].double().sum())
    return scores


def _option_scores(logits: torch.Tensor, tree: OptionTree) -> np.ndarray:
    """[n, nodes, vocabulary] → [n, options]."""
    logits = logits.float()
    nodes = [node for steps in tree.steps for node, _ in steps]
    tokens = [token for steps in tree.steps for _, token in steps]
    # Only the options' own tokens are looked up; the rest of the vocabulary enters by its sum alone.
    steps = (logits[:, nodes, tokens] - logits.logsumexp(-1)[:, nodes]).double()
    ends = np.cumsum([len(option) for option in tree.steps])[:-1]
    return np.stack([part.sum(1).numpy() for part in torch.tensor_split(steps, ends.tolist(), dim=1)], axis=1)
