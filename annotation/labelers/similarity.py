"""How alike texts are, by the bundled sentence encoder; it is loaded when first asked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

# An import string: a web process that only previews a prompt must not pay for torch.
ENCODER = "annotation.llms.embedding.SentenceEncoder"


def embed(texts: Sequence[str]) -> np.ndarray:
    """[n, 384] unit vectors, as in `Item.embedding`; their dot product is the cosine."""
    return np.asarray(_encoder().embed(texts))


def read_words(texts: Sequence[str]) -> list[Any]:
    """The `llms.embedding.Words` of each text: where its words are, and a vector for each."""
    found: list[Any] = _encoder().read_words(texts) if texts else []
    return found


@cache
def _encoder() -> Any:
    module, _, name = ENCODER.rpartition(".")
    return getattr(importlib.import_module(module), name)()
