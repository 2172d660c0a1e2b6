"""Classifiers of text that experiments train: from bags of words to a transformer, each learning from scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from transformers import AutoModel, AutoTokenizer

from annotation.labelers.fitting import multinomial
from annotation.labelers.heads import Head
from annotation.labelers.similarity import embed
from annotation.llms.computing import Arithmetic, computing, learning, threads_allowed
from annotation.llms.weights import find_embedding_model

from .base import Example, Work

Learner = Callable[[Work, Sequence[Example], int], np.ndarray]
"""(work, examples to learn from, seed) → [test texts of the work] places among its labels."""

# Fine-tuning: the paper's of BERT (Devlin et al. 2019, A.3) are 2e-5 to 5e-5; MiniLM, smaller, wants more.
ROWS, RATE, DECAY, WARM = 16, 2e-4, 0.01, 0.1
HEAD_RATE = 2e-3
TOKENS = 64


def by_words(work: Work, examples: Sequence[Example], seed: int) -> np.ndarray:
    """Logistic regression on TF-IDF of words and pairs of words."""
    features = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b|\?")
    known = features.fit_transform(_texts(examples))
    model = LogisticRegression(C=10.0, max_iter=500).fit(known, _places(examples, work.examples.labels))
    found: np.ndarray = model.predict(features.transform(_texts(work.examples.test)))
    return found


def by_frozen(work: Work, examples: Sequence[Example], seed: int) -> np.ndarray:
    """The head that this product's own model annotators learn, on frozen MiniLM vectors."""
    return likeliest(work, frozen_head(work, examples), _texts(work.examples.test))


def by_tuning(work: Work, examples: Sequence[Example], seed: int) -> np.ndarray:
    """MiniLM, all of it fine-tuned with a head on the mean of its states.

    Every condition gets the same number of steps (`tuning_steps`): more texts then mean other texts, not more training.
    """
    data, texts = work.examples, _texts(work.examples.test)
    folder, draw = find_embedding_model(), np.random.default_rng(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder: Any = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    torch.manual_seed(seed)
    head = torch.nn.Linear(encoder.config.hidden_size, len(data.labels))
    steps, places = work.parameters["tuning_steps"], torch.tensor(_places(examples, data.labels))
    weights = [{"params": encoder.parameters(), "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(weights, weight_decay=DECAY)
    warm = max(1, int(WARM * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    )
    encoder.train()
    waiting: list[int] = []
    for _step in range(steps):
        with learning():
            while len(waiting) < ROWS:
                waiting += draw.permutation(len(examples)).tolist()
            rows, waiting = waiting[:ROWS], waiting[ROWS:]
            scores = head(_pooled(encoder, tokenizer, [examples[row].text for row in rows]))
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(scores, places[rows]).backward()
            torch.nn.utils.clip_grad_norm_([*encoder.parameters(), *head.parameters()], 1.0)
            optimizer.step()
            schedule.step()
        work.pulse()
    encoder.eval()
    found: list[int] = []
    for start in range(0, len(texts), 64):
        with computing(Arithmetic(threads=threads_allowed())):
            found += head(_pooled(encoder, tokenizer, texts[start : start + 64])).argmax(dim=1).tolist()
        work.pulse()
    return np.array(found, dtype=np.int64)


LEARNERS: dict[str, Learner] = {"words": by_words, "frozen": by_frozen, "tuned": by_tuning}


def right(work: Work, found: np.ndarray) -> np.ndarray:
    """[test texts] whether each was given its label."""
    return np.asarray(found == _places(work.examples.test, work.examples.labels))


def frozen_head(work: Work, examples: Sequence[Example]) -> Head:
    """A head on frozen vectors, with a place for each of the work's labels."""
    targets = np.eye(len(work.examples.labels))[_places(examples, work.examples.labels)]
    return multinomial(_embedded(work, _texts(examples)), targets, np.ones(len(examples)))


def likeliest(work: Work, head: Head, texts: Sequence[str]) -> np.ndarray:
    """[texts] the place of the likeliest label."""
    found: np.ndarray = head.probabilities(_embedded(work, texts)).argmax(axis=1)
    return found


_vectors: dict[str, np.ndarray] = {}
REMEMBERED = 50_000


def _embedded(work: Work, texts: Sequence[str]) -> np.ndarray:
    """[n, 384]; a text that was embedded in this process before is remembered."""
    missing = list(dict.fromkeys(text for text in texts if text not in _vectors))
    if len(_vectors) + len(missing) > REMEMBERED:
        _vectors.clear()
        missing = list(dict.fromkeys(texts))
    for start in range(0, len(missing), 512):
        part = missing[start : start + 512]
        _vectors.update(zip(part, embed(part), strict=True))
        work.pulse()
    return np.array([_vectors[text] for text in texts])


def _pooled(encoder: Any, tokenizer: Any, texts: Sequence[str]) -> torch.Tensor:
    batch = tokenizer(list(texts), truncation=True, max_length=TOKENS, padding=True, return_tensors="pt")
    states = encoder(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
    pooled: torch.Tensor = (states * mask).sum(1) / mask.sum(1)
    return pooled


def _texts(examples: Sequence[Example]) -> list[str]:
    return [example.text for example in examples]


def _places(examples: Sequence[Example], labels: Sequence[str]) -> np.ndarray:
    return np.array([labels.index(example.label) for example in examples])
