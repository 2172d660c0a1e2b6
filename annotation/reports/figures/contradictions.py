"""Texts that say nearly the same and carry different labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Consensus, ItemVector, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Link
from .base import Cell, Column, Figure, Kind, Stat, Value, nothing, share, within, words
from .texts import beginnings
from .voting import answer_title, comparable, labelled

# From this cosine on, two texts say nearly the same.
NEAR = 0.95
# All of so many are compared with each other, exactly and in seconds; of more settled items the newest.
NEWEST = 20_000
BLOCK = 250
KEPT = 100
UNSAID = -1


def measure(project: Project, filters: Filters) -> Value:
    """{"items": compared, "found": pairs, "pairs": [[item, item, similarity, question, answer, answer]]}."""
    settled = ItemVector.objects.filter(within(project, filters), project=project, item__stage=Stage.SETTLED)
    rows = settled.order_by("-item_id").values_list("item_id", "vector")[:NEWEST]
    found = [(item, np.array(vector, dtype=np.float32)) for item, vector in rows.iterator(chunk_size=2_000)]
    items = [item for item, _vector in found]
    vectors = np.array([vector for _item, vector in found], dtype=np.float32)
    pairs: list[list[Any]] = []
    total = 0
    for question in labelled(project):
        said = Consensus.objects.filter(project=project, question=question.name, item__in=items)
        answers = dict(said.values_list("item_id", "value"))
        codes: dict[str, int] = {}
        labels = [
            codes.setdefault(repr(comparable(question, answers[item])), len(codes)) if item in answers else UNSAID
            for item in items
        ]
        several, near = contradicting(vectors, np.array(labels, np.int64))
        total += several
        for one, other, similarity in near:
            first, second = items[one], items[other]
            pairs.append([first, second, similarity, question.name, answers[first], answers[second]])
    pairs.sort(key=lambda each: (-each[2], -each[0], -each[1]))
    return {"items": len(items), "found": total, "pairs": pairs[:KEPT]}


def contradicting(vectors: np.ndarray, labels: np.ndarray) -> tuple[int, list[tuple[int, int, float]]]:
    """How many pairs of rows have a cosine of NEAR or more and other labels, and (place, later place, cosine) of the
    KEPT most alike. `vectors`: float32 [n, d]; `labels`: int [n], UNSAID of what has none."""
    if len(vectors) < 2:
        return 0, []
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.where(lengths > 0, lengths, 1)
    total = 0
    kept: list[tuple[int, int, float]] = []
    for begin in range(0, len(units), BLOCK):
        alike = units[begin : begin + BLOCK] @ units[begin:].T
        mine, others = labels[begin : begin + BLOCK, None], labels[None, begin:]
        apart = np.triu((alike >= NEAR) & (mine != others) & (mine != UNSAID) & (others != UNSAID), 1)
        rows, columns = np.nonzero(apart)
        total += len(rows)
        most = np.argsort(-alike[rows, columns], kind="stable")[:KEPT]
        kept += [(begin + int(rows[at]), begin + int(columns[at]), float(alike[rows[at], columns[at]])) for at in most]
        kept = sorted(kept, key=lambda pair: (-pair[2], pair[0], pair[1]))[:KEPT]
    return total, kept


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    questions = {each.name: each for each in project.question_list}
    if value["items"] < 2:
        return nothing(
            _("Texts are compared by their meaning: search items by meaning once, and settled ones are read.")
        )
    pairs = [pair for pair in value["pairs"] if pair[3] in questions]
    texts = beginnings(project, {item for pair in pairs for item in pair[:2]})
    pairs = [pair for pair in pairs if pair[0] in texts and pair[1] in texts]
    looked = _("among %(items)s settled items") % {"items": number(value["items"])}
    return Figure(
        columns=(
            Column("item", _("Item"), False), Column("text", _("Text"), False), Column("label", _("Label"), False),
            Column("other", _("Other item"), False), Column("other_text", _("Its text"), False),
            Column("other_label", _("Its label"), False), Column("question", _("Question"), False),
            Column("similarity", _("Alike")),
        ),
        rows=tuple(_row(pair, questions, texts) for pair in pairs),
        stats=(Stat(_("Pairs"), number(value["found"]), looked),),
        note=_(
            "Pairs of settled items whose texts are alike to 95 %% or more (cosine of their vectors) and whose labels "
            "differ. Of many settled items the newest %(newest)s are compared, each with each."
        )
        % {"newest": number(NEWEST)},
        items=tuple(pair[0] for pair in pairs),
    )  # fmt: skip


def _row(pair: list[Any], questions: dict[str, Any], texts: dict[int, str]) -> tuple[Cell, ...]:
    one, other, similarity, name, first, second = pair
    question = questions[name]
    return (
        words(one, Link(page="item", pk=one), head=True),
        words(texts[one] or "–"),
        words(answer_title(question, first)),
        words(other, Link(page="item", pk=other)),
        words(texts[other] or "–"),
        words(answer_title(question, second)),
        words(question.title),
        share(similarity),
    )


CONTRADICTIONS = Kind(
    "contradictions", gettext_lazy("Look-alikes with different labels"), "quality", measure, present, wide=True
)
