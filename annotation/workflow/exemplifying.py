"""What a run shows its model of a project: unlabelled texts to be calibrated on, and items that people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from annotation.labelers import Brief, ItemText
from annotation.labelers.base import Example
from annotation.labelers.calibration import LEAST_SAMPLE, SAMPLE
from annotation.labelers.exemplars import by_turns, representative
from annotation.labelers.similarity import embed
from annotation.labelers.wording import item_text
from annotation.models import Consensus, DecidedBy, Item, Project, Run, Stage
from annotation.questions import Answer, Question, as_texts, type_of

# Answered items among which an item's nearest are looked for; the representative ones are chosen from as many.
POOL = 256
# Embedded on the spot where nobody has embedded them yet; what is left over after that is not considered.
EMBEDDED_AT_ONCE = 64

Drawn = dict[str, Any]


def drawn_by(run: Run) -> Drawn:
    """What `run` drew when it began: `{"sample": [item, …], "examples": [[item, {question: value}], …]}`.

    People go on answering while a run is at work, so the first chunk draws for all of them.
    """
    if "sample" not in run.brief:
        drawn = draw(run.project, run.labeler.config)
        # Conditional: of two workers that begin at once, one has drawn for both.
        Run.objects.filter(pk=run.pk, brief__sample__isnull=True).update(brief={**run.brief, **drawn})
        run.refresh_from_db(fields=["brief"])
    return run.brief


def keep_version(run: Run, version: str) -> None:
    """Note once which version of the labeler, its examples included, this run began with."""
    if "version" not in run.brief:
        begun = Run.objects.filter(pk=run.pk, brief__sample__isnull=False, brief__version__isnull=True)
        begun.update(brief={**run.brief, "version": version})
        run.refresh_from_db(fields=["brief"])


def brief_as_drawn(project: Project, drawn: Mapping[str, Any]) -> Brief:
    """What a labeler is told. Items that were erased since are gone; examples have the answers they had when drawn."""
    sample, examples = drawn.get("sample", []), drawn.get("examples", [])
    fields = _texts(project, [*sample, *(item for item, _ in examples)])
    return Brief(
        project.guidelines,
        project.question_list,
        tuple(project.fields),
        sample=tuple(ItemText(item, fields[item]) for item in sample if item in fields),
        examples=tuple(Example(item, fields[item], answers) for item, answers in examples if item in fields),
    )


def draw(project: Project, config: Mapping[str, Any], *, embedding: bool = True) -> Drawn:
    """What a run of a labeler with this configuration would draw if it began now; for previews and dry runs too.

    Without `embedding` no model is loaded, and items that nobody has embedded yet are passed over if others are there.
    """
    return {"sample": draw_sample(project), "examples": draw_examples(project, config, embedding=embedding)}


def draw_sample(project: Project) -> list[int]:
    """Items of the project in the order of their content's hash: as good as at random, and the same for every run."""
    items = Item.objects.filter(project=project).order_by("content_hash")
    drawn = list(items.values_list("pk", flat=True)[:SAMPLE])
    return drawn if len(drawn) >= LEAST_SAMPLE else []


def draw_examples(project: Project, config: Mapping[str, Any], *, embedding: bool = True) -> list[list[Any]]:
    """`[[item, {question: value}], …]` for a labeler of this configuration: items that people or a reviewer settled.

    Hidden checks are never among them: a prompt that shows a check's answer gives it away. An item that the run asks
    about may be; the labeler leaves it out of its own prompt.
    """
    count = config.get("examples", 0)
    if not count:
        return []
    answers: dict[int, dict[str, Answer]] = defaultdict(dict)
    for question in project.question_list:
        candidates = _candidates(project, question)
        at_once = EMBEDDED_AT_ONCE if embedding else 0
        chosen = candidates if config.get("nearest") else _representative(project, question, candidates, count, at_once)
        for item, value in chosen:
            answers[item][question.name] = value
    return [[item, given] for item, given in answers.items()]


def _candidates(project: Project, question: Question) -> list[tuple[int, Answer]]:
    """(item, answer) pairs, equally many of every answer as far as there are, at most POOL."""
    rows = (
        Consensus.objects.filter(
            project=project,
            question=question.name,
            decided_by__in=(DecidedBy.PEOPLE, DecidedBy.REVIEWER),
            item__stage=Stage.SETTLED,
            item__gold__isnull=True,
        )
        .annotate(turn=Window(RowNumber(), partition_by="value", order_by="item__content_hash"))
        .filter(turn__lte=POOL)
        .order_by("turn", F("item__content_hash"))
    )
    found = list(rows.values_list("item_id", "value")[:POOL])
    # An option may have been retired since.
    return [(item, value) for item, value in found if set(_label(question, value)) <= set(question.values)]


def _label(question: Question, answer: Answer) -> tuple[str, ...]:
    return type_of(question).keys(question, answer)


def _representative(
    project: Project, question: Question, candidates: Sequence[tuple[int, Answer]], count: int, at_once: int
) -> list[tuple[int, Answer]]:
    vectors = _vectors(project, [item for item, _ in candidates], at_once)
    known = [(item, value) for item, value in candidates if item in vectors]
    if len(known) < count:
        return [candidates[turn] for turn in by_turns([_label(question, value) for _, value in candidates])[:count]]
    stacked = np.stack([vectors[item] for item, _ in known])
    return [known[row] for row in representative([_label(question, value) for _, value in known], stacked, count)]


def _vectors(project: Project, items: Sequence[int], at_once: int) -> dict[int, np.ndarray]:
    """Item → [384] unit vector: the stored ones, and up to `at_once` made here."""
    stored = Item.objects.filter(pk__in=items, embedding__isnull=False).values_list("pk", "embedding")
    vectors = {pk: np.asarray(vector, dtype=np.float32) for pk, vector in stored}
    missing = [item for item in items if item not in vectors][:at_once]
    fields = _texts(project, missing)
    texts = [item_text(ItemText(item, fields[item]), project.fields) for item in missing]
    return vectors | (dict(zip(missing, embed(texts), strict=True)) if missing else {})


def _texts(project: Project, items: Sequence[int]) -> dict[int, dict[str, str]]:
    shown = Item.objects.filter(pk__in=items).values_list("pk", "fields")
    return {pk: as_texts(project.fields, fields) for pk, fields in shown}
