"""Classification models as transformers loads them, from a folder or from the hub."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from .base import Permanent
from .weights import weights_digest

LONGEST = 512  # tokens, where the model's own limit is higher or unknown


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A network that gives logits for labels of its own, and what it is fed with."""

    tokenizer: Any
    network: Any
    longest: int
    """Tokens that it reads at once, special ones included."""
    labels: tuple[str, ...]
    """In the order of its logits."""
    digest: str
    """Changes with the weights and with what the labels are called."""


def load_pretrained(source: str, architecture: Any) -> Pretrained:
    """The model in a folder or on the hub. `architecture`: one of transformers' Auto classes. Raises Permanent."""
    # A folder stays a folder: nothing is fetched for it.
    local = Path(source).is_dir()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
        network = architecture.from_pretrained(source, local_files_only=local, dtype=torch.float32).eval()
    except (OSError, ValueError) as error:
        raise Permanent(f"The classifier “{source}” cannot be loaded: {error}") from error
    config = network.config
    positions = int(getattr(config, "max_position_embeddings", None) or LONGEST)
    labels = tuple(str(config.id2label[index]) for index in range(config.num_labels))
    return Pretrained(
        tokenizer=tokenizer,
        network=network,
        longest=min(int(tokenizer.model_max_length), positions, LONGEST),
        labels=labels,
        digest=hashlib.sha256(f"{weights_digest(network)} {labels}".encode()).hexdigest()[:16],
    )
