"""Tiny models with random weights: real code, no knowledge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertTokenizerFast


def save_bert(folder: Path, architecture: Any, words: str, labels: list[str], *, positions: int = 64) -> Path:
    """`architecture`: one of transformers' classes on top of BERT; `words`: what its tokenizer knows; `positions`: how
    many tokens it reads at once."""
    folder.mkdir(parents=True)
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words.split()]
    vocabulary = {word: index for index, word in enumerate(names)}
    BertTokenizerFast(vocab=vocabulary, do_lower_case=True, model_max_length=positions).save_pretrained(folder)
    torch.manual_seed(len(labels))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        initializer_range=0.5,
    )
    architecture(config).eval().save_pretrained(folder)
    return folder
