"""Spans by Dawid–Skene on tokens, read as the likeliest well-formed sequence of tags.

Each annotator has a confusion matrix of BIO tags; tokens are independent (F. Rodrigues, F. Pereira & B. Ribeiro 2014,
Sequence labeling with multiple annotators, Machine Learning 95, where this is the baseline that is hard to beat). What
single tokens leave malformed, an I that continues nothing, is repaired by the best path through the posteriors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .crowd import Crowd, Fit, Fitter
from .dawid_skene import dawid_skene
from .tagging_spans import may_follow, tag_count

# Annotators meet most tags seldom: before anything was seen, each has said every tag of every tag so often, and the
# right one so much oftener.
SMOOTHING, RIGHT = 1.0, 15.0
# Texts are walked together, so many tokens at a time.
MOST_TOKENS = 400_000


@dataclass(frozen=True, slots=True)
class Texts:
    """Tags by annotators. `lengths`: [texts] tokens of each. `texts`, `annotators`: [answers], which text was marked by
    whom; `tags`: [answers] arrays of BIO tags, as long as the text. `known`: text → its true tags."""

    lengths: np.ndarray
    texts: np.ndarray
    annotators: np.ndarray
    tags: Sequence[np.ndarray]
    annotator_count: int
    label_count: int
    known: Mapping[int, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tagged:
    """`tags`: per text the likeliest well-formed tags. `sureness`: [texts] the posterior of the least sure token's tag;
    1 for a text without tokens. `fit`: of the crowd whose items are the tokens of all texts, one after the other."""

    tags: list[np.ndarray]
    sureness: np.ndarray
    fit: Fit


def token_dawid_skene(crowd: Crowd) -> Fit:
    """Dawid–Skene for a crowd whose items are tokens."""
    return dawid_skene(crowd, smoothing=SMOOTHING + RIGHT * np.eye(crowd.label_count))


def token_spans(texts: Texts, fitter: Fitter = token_dawid_skene) -> Tagged:
    """Fit the tokens and read tags from them. Known tags are held fixed. Raises TooManyLabels."""
    crowd, starts = as_crowd(texts)
    fit = fitter(crowd)
    best = likeliest(fit.posteriors, texts.lengths, starts, may_follow(texts.label_count))
    sure = fit.posteriors[np.arange(len(best)), best]
    ends = starts + texts.lengths
    return Tagged(
        tags=[best[start:end] for start, end in zip(starts, ends, strict=True)],
        sureness=np.array([sure[start:end].min(initial=1.0) for start, end in zip(starts, ends, strict=True)]),
        fit=fit,
    )


def as_crowd(texts: Texts) -> tuple[Crowd, np.ndarray]:
    """A crowd whose items are the tokens of all texts, one after the other; and [texts] where each text starts."""
    starts = (np.cumsum(texts.lengths) - texts.lengths).astype(np.int64)
    places = [start + np.arange(len(tags)) for start, tags in zip(starts[texts.texts], texts.tags, strict=True)]
    total = int(texts.lengths.sum())
    clamped = None
    if texts.known:
        clamped = np.full(total, -1, np.int32)
        for text, tags in texts.known.items():
            clamped[starts[text] : starts[text] + len(tags)] = tags
    nothing = np.zeros(0, np.int32)
    crowd = Crowd(
        items=np.concatenate([nothing, *places]).astype(np.int32),
        annotators=np.repeat(np.asarray(texts.annotators, np.int32), [len(tags) for tags in texts.tags]),
        votes=np.concatenate([nothing, *texts.tags]).astype(np.int32),
        item_count=total,
        annotator_count=texts.annotator_count,
        label_count=tag_count(texts.label_count),
        clamped=clamped,
    )
    return crowd, starts


def likeliest(posteriors: np.ndarray, lengths: np.ndarray, starts: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """[tokens] the tags whose posteriors have the largest product, of the sequences in which every tag may follow the
    one before it ([tags, tags]), and begin a text where it may follow O (Viterbi)."""
    best = np.zeros(len(posteriors), np.int32)
    logs = np.log(np.maximum(posteriors, np.finfo(float).tiny))
    barred = np.where(allowed, 0.0, -np.inf)
    for table in _batches(lengths, starts):
        inside = table >= 0
        score = barred[0] + logs[np.maximum(table[0], 0)]
        back = np.zeros((*table.shape, len(allowed)), np.int16)
        for step in range(1, len(table)):
            options = score[:, :, None] + barred
            going = inside[step][:, None]
            back[step] = np.where(going, options.argmax(axis=1), np.arange(len(allowed)))
            score = np.where(going, options.max(axis=1) + logs[np.maximum(table[step], 0)], score)
        tag = score.argmax(axis=1)
        for step in range(len(table) - 1, -1, -1):
            best[table[step][inside[step]]] = tag[inside[step]]
            tag = back[step][np.arange(len(tag)), tag]
    return best


def _batches(lengths: np.ndarray, starts: np.ndarray) -> list[np.ndarray]:
    """Texts of similar length together, as [tokens, texts] tables of token numbers; -1 after a text's end."""
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    batches, at = [], 0
    while at < len(order):
        longest = int(lengths[order[at]])
        some = order[at : at + max(1, MOST_TOKENS // longest)]
        at += len(some)
        steps = np.arange(longest)[:, None]
        batches.append(np.where(steps < lengths[some], starts[some] + steps, -1))
    return batches
