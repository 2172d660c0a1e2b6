"""Which method a question's votes are fused by, and what it makes of the annotators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from annotation.aggregation.crowd import Crowd, Fit
from annotation.aggregation.diagnosing import diagnose
from annotation.aggregation.fitted import MAJORITY, Knowledge, Shares, Trusted
from annotation.aggregation.knowing import agreement, matrices_of
from annotation.aggregation.knowing_spans import span_matrices, word_crowd
from annotation.aggregation.registry import METHODS
from annotation.aggregation.scoring import wilson
from annotation.aggregation.tagging_spans import tag_count
from annotation.aggregation.tallying import TooManyLabels
from annotation.aggregation.token_spans import token_dawid_skene
from annotation.models import Fusion, Project
from annotation.questions import Answer, Question, Shape, type_of

from .crowds import (
    MOST_BITS,
    Columns,
    crowd_of,
    kinds,
    known_answers,
    option_crowd,
    read_columns,
    read_marks,
    read_parts,
)

# Below these, matrices would be guesswork: items that two people answered; known answers to compare models with.
ENOUGH_SHARED, ENOUGH_KNOWN = 50, 30
# Who is trusted is chosen among those with so many known answers.
ENOUGH_TRUST = 10
# Of more answers to one item than this, so many are compared with each other.
COMPARED = 12


# Ways of fusing that mean, of spans, Dawid–Skene on words; the others weigh annotators by closeness.
BY_WORDS = {Fusion.AUTO, Fusion.DAWID_SKENE, Fusion.ANCHORED}
# Of more text than this, divided by the tags that a word can have, a part is read that is drawn by lot.
MOST_CHARACTERS = 20_000_000
# Of a scale: annotators are strict or lenient, exact or vague. Nobody chooses it by hand.
ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Learned:
    """What was made of one question's votes. `reason`, `diagnostics`: in sentences."""

    knowledge: Knowledge
    reason: str
    votes: int = 0
    items: int = 0
    known: int = 0
    accuracies: dict[int, float] = field(default_factory=dict)
    diagnostics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Annotators:
    """`names`: annotator → name; `weights`: of people, as the lead set them; who weighs nothing is left out."""

    people: frozenset[int]
    models: frozenset[int]
    names: Mapping[int, str]
    weights: Mapping[int, float]


def fit_questions(project: Project) -> Iterator[tuple[Question, Learned]]:
    """Every question of the project; a constant number of queries each."""
    found = kinds(project)
    annotators = _Annotators(
        people=frozenset(pk for pk, (human, _, weight) in found.items() if human and weight),
        models=frozenset(pk for pk, (human, _, _) in found.items() if not human),
        names={pk: name for pk, (_, name, _) in found.items()},
        weights={pk: weight for pk, (human, _, weight) in found.items() if human},
    )
    known = known_answers(project)
    for question in project.question_list:
        yield question, _fit_question(project, question, annotators, known[question.name])


def _fit_question(project: Project, question: Question, annotators: _Annotators, known: dict[int, Answer]) -> Learned:
    if project.fusion == Fusion.MAJORITY:
        return Learned(MAJORITY, "The policy says so.")
    if project.fusion == Fusion.TRUST_ONE:
        return _trust(project, question, annotators, known)
    if type_of(question).shape in (Shape.ONE, Shape.SCALE, Shape.ANY):
        return _fit_options(project, question, annotators, known)
    if type_of(question).shape is Shape.MARKS and project.fusion in BY_WORDS:
        return _fit_marks(project, question, annotators, known)
    return _weigh(project, question, annotators, known)


def _fit_options(project: Project, question: Question, annotators: _Annotators, known: dict[int, Answer]) -> Learned:
    options = question.values
    if type_of(question).exclusive:
        columns = read_columns(project, question, options, known=known)
        heard, reason = _heard(project, columns, annotators)
        places = {option: place for place, option in enumerate(options)}
        parts = [crowd_of(columns, places, question, heard)]
    else:
        parts, heard, reason = [], set(), ""
        for start in range(0, len(options), MOST_BITS):
            some = options[start : start + MOST_BITS]
            columns = read_columns(project, question, some, known=known)
            if not start:
                heard, reason = _heard(project, columns, annotators)
            parts += [option_crowd(columns, place, option, heard) for place, option in enumerate(some)]
    if not heard or not len(parts[0][0].votes):
        return Learned(MAJORITY, reason or "Nobody has answered yet.")
    return _fitted(project, question, annotators, parts, reason)


def _fit_marks(project: Project, question: Question, annotators: _Annotators, known: dict[int, Answer]) -> Learned:
    """Spans, word by word."""
    most = MOST_CHARACTERS // tag_count(len(question.values))
    readings = read_marks(project, question, known=known, most=most)
    votes = [(reading.item, who) for reading in readings for who, _ in reading.votes]
    items, who = np.array(votes, np.int64).reshape(-1, 2).T
    heard, reason = _heard(project, Columns(items, who, np.zeros_like(items), known), annotators)
    crowd, ids = word_crowd(question, readings, heard)
    if not len(crowd.votes):
        return Learned(MAJORITY, reason if not heard else "Nobody has answered yet.")
    crowd = _weighted(crowd, ids, annotators.weights)
    # Models err together, and known answers alone tell that from being right.
    anchors = project.fusion == Fusion.ANCHORED or (project.fusion == Fusion.AUTO and annotators.models & set(ids))
    method = Fusion.ANCHORED if anchors else Fusion.DAWID_SKENE
    try:
        fit = METHODS[method].fitter(crowd) if anchors else token_dawid_skene(crowd)
    except TooManyLabels:
        return _weigh(project, question, annotators, known)
    knowledge = span_matrices(method.value, question, crowd, fit, ids, annotators.people.__contains__)
    fitted = np.isin(who, ids)
    return Learned(
        knowledge,
        f"{reason} Spans are fitted word by word; accuracies are the expected F1 of the words that somebody marks.",
        votes=int(fitted.sum()),
        items=len(np.unique(items[fitted])),
        known=len(known.keys() & set(items[fitted].tolist())),
        accuracies={int(pk): knowledge.accuracy(int(pk)) for pk in ids},
    )


def _fitted(
    project: Project,
    question: Question,
    annotators: _Annotators,
    parts: list[tuple[Crowd, np.ndarray]],
    reason: str,
) -> Learned:
    method: str = project.fusion
    if method == Fusion.AUTO:
        method = ORDINAL if type_of(question).shape is Shape.SCALE else Fusion.ANCHORED
    parts = [(_weighted(crowd, ids, annotators.weights), ids) for crowd, ids in parts]
    try:
        fits = [(crowd, METHODS[method].fitter(crowd), ids) for crowd, ids in parts]
    except TooManyLabels as error:
        return Learned(MAJORITY, str(error))
    crowd, _, ids = fits[0]
    knowledge: Knowledge
    if method == Fusion.WAWA:
        weights = np.mean([agreement(each, fit.posteriors) for each, fit, _ in fits], axis=0)
        accuracies = {int(pk): float(weight) for pk, weight in zip(ids, weights, strict=True)}
        knowledge = _as_weights(accuracies, annotators)
    else:
        matrices = matrices_of(method, question.values, fits, annotators.people.__contains__)
        knowledge, accuracies = matrices, {pk: matrices.accuracy(pk) for pk in matrices.confusion}
    return Learned(
        knowledge,
        reason,
        votes=len(crowd.votes),
        items=crowd.item_count,
        known=int((crowd.clamped >= 0).sum()) if crowd.clamped is not None else 0,
        accuracies=accuracies,
        diagnostics=_diagnosed(question, fits, annotators),
    )


def _diagnosed(question: Question, fits: list[tuple[Crowd, Fit, np.ndarray]], annotators: _Annotators) -> list[str]:
    told: list[str] = []
    for place, (crowd, fit, ids) in enumerate(fits):
        names = [annotators.names[int(pk)] for pk in ids]
        # Where any option can be chosen, each is a question of yes or no.
        several = not type_of(question).exclusive
        labels = ["no", "yes"] if several else [option.title for option in question.offered]
        about = f"{question.offered[place].title}: " if several else ""
        told += [f"{about}{sentence}" for sentence in diagnose(crowd, fit, names, labels)]
    return told


def _heard(project: Project, columns: Columns, annotators: _Annotators) -> tuple[set[int], str]:
    """Whose votes are fitted, and why, or why nobody's are."""
    if project.fusion != Fusion.AUTO:
        return {*annotators.people, *annotators.models}, "The policy says so."
    by_people = np.isin(columns.who, list(annotators.people))
    _, counts = np.unique(columns.items[by_people], return_counts=True)
    shared = int((counts >= 2).sum())
    is_known = np.isin(columns.items, list(columns.known))
    told_people = len(np.unique(columns.items[is_known & by_people]))
    by_models = np.isin(columns.who, list(annotators.models))
    told_models = len(np.unique(columns.items[is_known & by_models]))
    heard: set[int] = set()
    if shared >= ENOUGH_SHARED or told_people >= ENOUGH_KNOWN:
        heard |= annotators.people
    if told_models >= ENOUGH_KNOWN:
        heard |= annotators.models
    if not heard:
        return heard, (
            f"Too little to go by: {shared} of {ENOUGH_SHARED} items with answers of two people,"
            f" {max(told_people, told_models)} of {ENOUGH_KNOWN} known answers."
        )
    missing = ""
    if not heard & annotators.models and by_models.any():
        missing = f" Models are weighed as unmeasured: {told_models} of {ENOUGH_KNOWN} known answers."
    return heard, f"{shared:,} items have answers of two people, {told_people:,} known answers were met.{missing}"


def _weighted(crowd: Crowd, ids: np.ndarray, weights: Mapping[int, float]) -> Crowd:
    """With what the lead says an annotator's answers count."""
    factors = np.array([weights.get(int(pk), 1.0) for pk in ids])
    return crowd if (factors == 1).all() else replace(crowd, weights=factors[crowd.annotators])


def _as_weights(worth: Mapping[int, float], annotators: _Annotators) -> Shares:
    """An average person weighs 1; a model what it is worth beside one."""
    people = [value for pk, value in worth.items() if pk in annotators.people]
    scale = float(np.mean(people)) if people and np.mean(people) > 0 else 1.0
    return Shares("wawa", {pk: value / scale for pk, value in worth.items()})


def _weigh(project: Project, question: Question, annotators: _Annotators, known: dict[int, Answer]) -> Learned:
    """Answers in parts, and texts: an annotator is worth how near they come to others, and to known answers."""
    near: dict[int, list[float]] = defaultdict(list)
    distance = type_of(question).distance
    votes = items = shared = met = 0
    for item, rows in groupby(read_parts(project, question), key=lambda row: row[0]):
        said = [(who, answer) for _, who, answer in rows if who in annotators.people or who in annotators.models]
        votes, items = votes + len(said), items + 1
        others = [(who, answer) for who, answer in said if who in annotators.people][:COMPARED]
        shared += len(others) >= 2
        met += item in known
        for who, answer in said:
            beside = [known[item]] if item in known else [each for other, each in others if other != who]
            if beside:
                near[who].append(1 - float(np.mean([distance(question, answer, each) for each in beside])))
    if project.fusion == Fusion.AUTO and shared < ENOUGH_SHARED and met < ENOUGH_KNOWN:
        return Learned(
            MAJORITY,
            f"Too little to go by: {shared} of {ENOUGH_SHARED} items with answers of two people,"
            f" {met} of {ENOUGH_KNOWN} known answers.",
        )
    if not near:
        return Learned(MAJORITY, "No two annotators have answered the same item yet.")
    everybody = float(np.mean([value for values in near.values() for value in values]))
    worth = {who: (sum(values) + 2 * everybody) / (len(values) + 2) for who, values in near.items()}
    reason = f"Weighed by how near annotators come to others on {shared:,} items, and to {met:,} known answers."
    return Learned(_as_weights(worth, annotators), reason, votes, items, met, worth)


def _trust(project: Project, question: Question, annotators: _Annotators, known: dict[int, Answer]) -> Learned:
    """The annotator that the lead named, or the one that known answers speak for."""
    right: dict[int, list[bool]] = defaultdict(list)
    distance = type_of(question).distance
    for item, who, answer in read_parts(project, question):
        if item in known:
            right[who].append(distance(question, answer, known[item]) == 0)
    counts = {who: (sum(each), len(each)) for who, each in right.items()}
    return _trusted(project, annotators, counts)


def _trusted(project: Project, annotators: _Annotators, counts: Mapping[int, tuple[int, int]]) -> Learned:
    met = max((tried for _, tried in counts.values()), default=0)
    accuracies = {who: hits / tried for who, (hits, tried) in counts.items()}
    if project.trusted:
        named = [pk for pk, name in annotators.names.items() if name == project.trusted]
        chosen = min(named, key=lambda pk: pk not in annotators.people, default=None)
        if chosen is None:
            return Learned(MAJORITY, f"Nobody here is called {project.trusted}.")
        measured = accuracies[chosen] if counts.get(chosen, (0, 0))[1] >= ENOUGH_TRUST else None
        return Learned(
            Trusted(chosen, measured), f"{project.trusted} is trusted by hand.", known=met, accuracies=accuracies
        )
    able = {who: each for who, each in counts.items() if each[1] >= ENOUGH_TRUST}
    if not able:
        return Learned(MAJORITY, f"Nobody has met {ENOUGH_TRUST} known answers yet, so nobody can be chosen.")
    # Three of three prove less than ninety of a hundred.
    best = max(able, key=lambda pk: wilson(*able[pk])[0])
    reason = f"{annotators.names[best]} had {able[best][0]} of {able[best][1]} known answers right."
    return Learned(Trusted(best, accuracies[best]), reason, known=met, accuracies=accuracies)
