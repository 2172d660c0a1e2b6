"""Classification models are loaded alike: labels in order, a limit that holds, one sentence when they cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertForSequenceClassification,
    BertForTokenClassification,
)

from annotation.llms import Permanent
from annotation.llms.pretrained import LONGEST, load_pretrained
from tests.llms.tiny import save_bert

ARCHITECTURES = [
    (BertForSequenceClassification, AutoModelForSequenceClassification),
    (BertForTokenClassification, AutoModelForTokenClassification),
]
WORDS, LABELS = "anna met tom", ["O", "B-PER", "I-PER"]


@pytest.mark.parametrize(("saved", "architecture"), ARCHITECTURES)
def test_labels_are_in_the_order_of_the_logits_and_the_digest_follows_them(
    tmp_path: Path, saved: Any, architecture: Any
) -> None:
    loaded = load_pretrained(str(save_bert(tmp_path / "model", saved, WORDS, LABELS)), architecture)
    assert loaded.labels == ("O", "B-PER", "I-PER")
    assert isinstance(loaded.network, saved) and not loaded.network.training
    assert loaded.network.dtype == torch.float32
    assert len(loaded.tokenizer("anna met tom")["input_ids"]) == 5

    def digest(name: str, labels: list[str]) -> str:
        return load_pretrained(str(save_bert(tmp_path / name, saved, WORDS, labels)), architecture).digest

    assert digest("the same", LABELS) == loaded.digest
    assert len({loaded.digest, digest("renamed", ["O", "B-LOC", "I-LOC"]), digest("larger", [*LABELS, "B-LOC"])}) == 3


def test_it_reads_what_tokenizer_and_positions_allow_and_never_more_than_the_longest(tmp_path: Path) -> None:
    def longest(positions: int, tokens: int) -> int:
        folder = tmp_path / f"{positions}"
        save_bert(folder, BertForSequenceClassification, WORDS, LABELS, positions=positions)
        AutoTokenizer.from_pretrained(folder, model_max_length=tokens).save_pretrained(folder)
        return load_pretrained(str(folder), AutoModelForSequenceClassification).longest

    # A tokenizer that was saved without a limit says 10 to the power of 30.
    assert [longest(64, 48), longest(96, 10**30), longest(1_024, 10**30)] == [48, 96, LONGEST]


def test_a_model_that_cannot_be_loaded_says_which(tmp_path: Path) -> None:
    for _, architecture in ARCHITECTURES:
        with pytest.raises(Permanent, match=f"The classifier “{tmp_path}” cannot be loaded: "):
            load_pretrained(str(tmp_path), architecture)
