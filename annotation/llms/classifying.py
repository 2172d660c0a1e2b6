"""Classification models on this machine, as transformers' pipelines of the same names use them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from transformers import AutoModelForSequenceClassification

from .base import Permanent
from .classifiers import Shares
from .computing import Arithmetic, computing, threads_allowed
from .packing import batches
from .pretrained import load_pretrained
from .windows import CHARACTERS_PER_TOKEN

BATCH_TOKENS, BATCH_ROWS = 4_096, 64


class SequenceClassifier:
    """A model that gives a text, or a pair of texts, one logit per label of its own. Raises Permanent."""

    def __init__(self, source: str) -> None:
        loaded = load_pretrained(source, AutoModelForSequenceClassification)
        self._tokenizer, self._network, self._longest = loaded.tokenizer, loaded.network, loaded.longest
        self._own, self.digest = loaded.labels, loaded.digest

    def _logits(self, texts: Sequence[str], beside: Sequence[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """[n, own labels] logits and [n] tokens read; of each pair with `beside`, the first text is cut."""
        encoded = self._tokenizer(
            list(texts),
            list(beside) if beside is not None else None,
            truncation="only_first",
            max_length=self._longest,
        )
        lengths = [len(ids) for ids in encoded["input_ids"]]
        logits = np.zeros((len(texts), len(self._own)))
        for batch in batches(lengths, extra=0, budget=BATCH_TOKENS, rows=BATCH_ROWS):
            rows = {name: [values[i] for i in batch] for name, values in encoded.items()}
            padded = self._tokenizer.pad(rows, return_tensors="pt")
            with computing(Arithmetic(threads=threads_allowed())):
                logits[batch] = self._network(**padded).logits.double().numpy()
        return logits, np.array(lengths, dtype=np.int64)

    def _shown(self, texts: Sequence[str], room: int) -> tuple[list[str], np.ndarray]:
        """Texts without what lies beyond any limit, and the [n] share of each that `room` tokens hold."""
        # Cut before tokenising, so that ten megabytes in one field cost no more than a page.
        shown = [text[: self._longest * CHARACTERS_PER_TOKEN] for text in texts]
        lengths = [len(ids) for ids in self._tokenizer(shown, add_special_tokens=False, verbose=False)["input_ids"]]
        shares = [
            min(1.0, room / max(1, length)) * len(cut) / max(1, len(text)) if text else 1.0
            for text, cut, length in zip(texts, shown, lengths, strict=True)
        ]
        return shown, np.array(shares)


class TextClassifier(SequenceClassifier):
    """A model trained on labels of its own (`text-classification`)."""

    @property
    def labels(self) -> tuple[str, ...]:
        return self._own

    def classify(
        self, texts: Sequence[str], labels: Sequence[str] = (), *, hypothesis: str = "", several: bool = False
    ) -> Shares:
        """[n, own labels], softmax over the labels; it cannot be asked about others."""
        room = self._longest - self._tokenizer.num_special_tokens_to_add()
        shown, read = self._shown(texts, room)
        logits, tokens = self._logits(shown)
        return Shares(_softmax(logits), tokens, read)


class ZeroShotClassifier(SequenceClassifier):
    """A model of inference, asked whether the text entails each label (Yin et al. 2019, arXiv:1909.00161).

    `zero-shot-classification`. Raises Permanent where none of the model's own labels is the entailment.
    """

    labels: tuple[str, ...] = ()

    def __init__(self, source: str) -> None:
        super().__init__(source)
        found = [index for index, label in enumerate(self._own) if label.lower().startswith("entail")]
        if not found:
            raise Permanent(f"The classifier “{source}” knows no entailment: its labels are {', '.join(self._own)}.")
        self._entailment = found[0]
        # As transformers' pipeline finds it: the first label, or the last where the first is the entailment.
        self._contradiction = len(self._own) - 1 if self._entailment == 0 else 0

    def classify(
        self, texts: Sequence[str], labels: Sequence[str] = (), *, hypothesis: str = "", several: bool = False
    ) -> Shares:
        """[n, labels] softmax over the labels' entailments, because one label is right; where several may be, of each
        label its entailment against its contradiction."""
        claims = [hypothesis.replace("{}", label) for label in labels]
        longest = max(len(ids) for ids in self._tokenizer(claims, add_special_tokens=False)["input_ids"])
        room = self._longest - longest - self._tokenizer.num_special_tokens_to_add(pair=True)
        if room < 1:
            raise Permanent("The options are too long for this classifier.")
        shown, read = self._shown(texts, room)
        logits, tokens = self._logits([text for text in shown for _ in claims], claims * len(texts))
        if several:
            against = logits[:, [self._contradiction, self._entailment]]
            probabilities = _softmax(against)[:, 1].reshape(len(texts), len(labels))
        else:
            probabilities = _softmax(logits[:, self._entailment].reshape(len(texts), len(labels)))
        return Shares(probabilities, tokens.reshape(len(texts), len(labels)).sum(1), read)


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
