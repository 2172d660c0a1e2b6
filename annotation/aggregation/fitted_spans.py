"""What a fit knows of how annotators mark spans: of each a confusion matrix of the tags that words can have.

The same as Dawid–Skene on tokens (`token_spans`), for the votes on one text. Spans that overlap have no tags. Where
somebody marked one stretch with two labels and the question admits that, every label is a layer, a sequence of its own,
decided as if the other labels were nothing. Where spans of one label overlap, spans are voted on as wholes, weighed by
how well their authors mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.questions import Answer, Distribution, Fields, Question, type_of

from .fitted import LEAST, LEAST_STATED, MODEL_WEIGHT, Matrices, Said, Shares
from .majority import Outcome
from .tagging_spans import may_follow, spans_of, tag_count
from .tallying import normalised
from .token_spans import likeliest
from .tokenizing import Pieces, Place, pieces_of


@dataclass(frozen=True, slots=True)
class SpanMatrices:
    """`labels`: the question's options, in order. `tags`: of one decision, which BIO tag a word has."""

    labels: tuple[str, ...]
    tags: Matrices
    _spotting: Matrices = field(init=False, repr=False, compare=False)
    """Whether a word is marked at all, of which nothing is known."""

    def __post_init__(self) -> None:
        either = np.eye(2)[np.minimum(np.arange(tag_count(len(self.labels))), 1)]
        people, _ = _collapsed(self.tags.people[0], self.tags.prior[0], either)
        spotting = Matrices(self.method, ("out", "in"), np.full((1, 2), 0.5), {}, people[None])
        object.__setattr__(self, "_spotting", spotting)

    @property
    def method(self) -> str:
        return self.tags.method

    def suits(self, question: Question) -> bool:
        return question.values == self.labels

    def fuse(self, question: Question, said: Sequence[Said], fields: Fields) -> Outcome:
        """The likeliest well-formed tags of the words, as sure as the least sure word. A span's share is that of the
        least sure of its words, and of the end not being further on."""
        text = str(fields.get(question.settings["field"]) or "")
        votes = [_Vote(each, _places(question, _keys(question, each.answer), text)) for each in said]
        layers = self._layers(question, votes) if text else []
        if not layers:
            weights = {each.annotator: self._weight(each) for each in said}
            return Shares("wawa", weights).fuse(question, said, fields)
        stated = [_shares(question, each.shares, text) for each in said]
        proposed = {place for vote in votes for place in vote.spans} | {place for shares in stated for place in shares}
        pieces = pieces_of(text, proposed)
        answer: list[dict[str, object]] = []
        shares: dict[Place, float] = {}
        sure = 1.0
        for numbers in layers:
            layer = _Layer(self, numbers)
            chances = layer.chances(votes, stated, pieces)
            tags = _decoded(chances, len(numbers))
            sure = min(sure, float(chances[np.arange(len(tags)), tags].min(initial=1.0)))
            kept = {layer.place(each, pieces) for each in spans_of(tags)}
            told = sorted(kept | {place for place in proposed if place[2] in layer.labels})
            marked = pieces.marked(told, layer.labels)
            shares |= {place: _chance(chances, each) for place, each in zip(told, marked, strict=True)}
            answer += [{"start": start, "end": end, "label": label} for start, end, label in kept]
        distribution = {_key(place): share for place, share in sorted(shares.items())}
        value = type_of(question).clean(question, answer, fields)
        return Outcome(value, sure, distribution, len(said), self.method)

    def _layers(self, question: Question, votes: Sequence[_Vote]) -> list[tuple[int, ...]]:
        """The labels that are decided together, layer by layer; none where tags cannot say what was marked."""
        together = tuple(range(len(self.labels)))
        if not question.settings["overlap"] or not any(_overlap(vote.spans) for vote in votes):
            return [together]
        if any(_overlap_in_label(vote.spans) for vote in votes):
            return []
        marked = {label for vote in votes for _, _, label in vote.spans}
        return [(label,) for label in together if self.labels[label] in marked]

    def worth(self, question: Question, shares: Distribution | None) -> float | None:
        """Of the span that a person's marking of a word tells most about. Of a text without votes, as much as of a span
        that is as likely as not: whatever stands there is open."""
        if shares is None:
            return self._spotting.worth(question, None)
        told = (self._spotting.worth(question, {"out": 1 - each, "in": each}) or 0.0 for each in shares.values())
        return max(told, default=0.0)

    def accuracy(self, annotator: int) -> float:
        """The expected F1 of the words that somebody the fit knows marks, boundaries and labels included: nearly all
        words are outside of spans, so that a share of right tags would tell nobody apart."""
        return self._f1(self.tags.confusion[annotator][0])

    def _f1(self, matrix: np.ndarray) -> float:
        prior = self.tags.prior[0]
        right = float((prior * np.diag(matrix))[1:].sum())
        marked = float((prior * (1 - matrix[:, 0])).sum())
        return 2 * right / max(marked + float(prior[1:].sum()), LEAST)

    def _weight(self, said: Said) -> float:
        """How much a vote counts where spans are voted on as wholes; that of an average person 1."""
        matrix, weight = self.matrix_of(said)
        return weight * self._f1(matrix) / max(self._f1(self.tags.people[0]), LEAST)

    def matrix_of(self, said: Said) -> tuple[np.ndarray, float]:
        """[tags, tags], and what a vote weighs for not being known."""
        known = self.tags.confusion.get(said.annotator)
        if known is not None:
            return known[0], 1.0
        if said.human:
            return self.tags.people[0], 1.0
        models = self.tags.models
        return (self.tags.people[0], MODEL_WEIGHT) if models is None else (models[0], 1.0)


@dataclass(frozen=True, slots=True)
class _Vote:
    said: Said
    spans: list[Place]


@dataclass(frozen=True, slots=True)
class _Layer:
    """Tags of some labels alone; a word that has another label is outside."""

    knowledge: SpanMatrices
    numbers: tuple[int, ...]
    labels: Mapping[str, int] = field(init=False)
    _seen: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        names = self.knowledge.labels
        seen = np.zeros((tag_count(len(names)), tag_count(len(self.numbers))))
        seen[:, 0] = 1
        for place, label in enumerate(self.numbers):
            for of_label, here in ((1 + 2 * label, 1 + 2 * place), (2 + 2 * label, 2 + 2 * place)):
                seen[of_label] = np.eye(seen.shape[1])[here]
        object.__setattr__(self, "labels", {names[label]: place for place, label in enumerate(self.numbers)})
        object.__setattr__(self, "_seen", seen)

    def chances(self, votes: Sequence[_Vote], shares: Sequence[Mapping[Place, float]], pieces: Pieces) -> np.ndarray:
        """[pieces, tags] posteriors. Calibrated models stand in the prior's place, as with options."""
        tags = self.knowledge.tags
        _, prior = _collapsed(tags.people[0], tags.prior[0], self._seen)
        heard = np.zeros((len(pieces), len(prior)))
        stated: list[np.ndarray] = []
        for vote, each in zip(votes, shares, strict=True):
            if vote.said.calibrated:
                likely = np.clip(self._expected(each, pieces), LEAST_STATED, 1 - LEAST_STATED)
                stated.append(np.log(likely / likely.sum(axis=1, keepdims=True)))
                continue
            matrix, weight = self.knowledge.matrix_of(vote.said)
            spoken = np.log(np.maximum(_collapsed(matrix, tags.prior[0], self._seen)[0], LEAST))
            weight *= vote.said.weight * tags.sharpness
            if vote.said.human or vote.said.annotator in tags.confusion:
                heard += weight * spoken[:, pieces.tags(vote.spans, self.labels)].T
            else:
                # Of a model that nobody measured, its doubts are all there is.
                heard += weight * (self._expected(each, pieces) @ spoken.T)
        joint = heard + (np.mean(stated, axis=0) if stated else np.log(np.maximum(prior, LEAST)))
        return normalised(joint)[0]

    def place(self, marked: tuple[int, int, int], pieces: Pieces) -> Place:
        first, after, label = marked
        return pieces.cuts[first][0], pieces.cuts[after - 1][1], self.knowledge.labels[self.numbers[label]]

    def _expected(self, shares: Mapping[Place, float], pieces: Pieces) -> np.ndarray:
        """[pieces, tags] how likely each is by the shares of spans."""
        likely = np.zeros((len(pieces), tag_count(len(self.numbers))))
        places = [place for place in shares if place[2] in self.labels]
        for place, (first, after, label) in zip(places, pieces.marked(places, self.labels), strict=True):
            likely[first, 1 + 2 * label] += shares[place]
            likely[first + 1 : after, 2 + 2 * label] += shares[place]
        likely[:, 0] = np.maximum(1 - likely.sum(axis=1), 0.0)
        return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def _collapsed(matrix: np.ndarray, prior: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A confusion matrix and a prior of tags as those of groups of tags; `seen`: [tags, groups] which is in which."""
    before = np.maximum(prior, LEAST)
    groups = before @ seen
    return (seen.T * before) @ matrix @ seen / groups[:, None], groups / groups.sum()


def _decoded(chances: np.ndarray, labels: int) -> np.ndarray:
    """[pieces] the likeliest well-formed tags: mostly those that are likeliest one by one."""
    allowed = may_follow(labels)
    best = chances.argmax(axis=1)
    if allowed[np.concatenate([[0], best[:-1]])[: len(best)], best].all():
        return best
    return likeliest(chances, np.array([len(chances)]), np.array([0]), allowed)


def _chance(chances: np.ndarray, marked: tuple[int, int, int]) -> float:
    first, after, label = marked
    ends = 1 - chances[after, 2 + 2 * label] if after < len(chances) else 1.0
    within = chances[first + 1 : after, 2 + 2 * label].min(initial=1.0)
    return float(min(chances[first, 1 + 2 * label], within, ends))


def _keys(question: Question, answer: Answer) -> Iterable[str]:
    return type_of(question).vote(question, answer, None)


def _places(question: Question, keys: Iterable[str], text: str) -> list[Place]:
    """What lies in the text and has a label that is offered, in order."""
    kind = type_of(question)
    places = []
    for key in keys:
        if kind.is_key(question, key):
            start, end, label = key.split(":", 2)
            if int(end) <= len(text):
                places.append((int(start), int(end), label))
    return sorted(places)


def _shares(question: Question, shares: Distribution, text: str) -> dict[Place, float]:
    return {place: shares[_key(place)] for place in _places(question, shares, text)}


def _key(place: Place) -> str:
    start, end, label = place
    return f"{start}:{end}:{label}"


def _overlap(places: Iterable[Place]) -> bool:
    """Whether any two of them, given in order, have a character in common."""
    reach = 0
    for start, end, _ in places:
        if start < reach:
            return True
        reach = max(reach, end)
    return False


def _overlap_in_label(places: Sequence[Place]) -> bool:
    return any(_overlap(each for each in places if each[2] == label) for label in {label for _, _, label in places})
