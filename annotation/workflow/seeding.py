"""Draw what a recipe begins with, once: the seed items with their answers, and the texts it is compared with."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from annotation.models import Annotation, Consensus, Document, Item, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions import Answers
from annotation.synthesis.base import Seed
from annotation.synthesis.texts import shown_text

from .errors import Refused
from .splitting import HELD_OUT, is_held_out

MOST_SEEDS = 10_000
# What a run keeps of its seeds, and what it is compared with.
MOST_BYTES = 32 << 20
POOL = 20_000
OF_TEST = Q(split__iregex=rf"^({'|'.join(sorted(HELD_OUT))})$")


def draw_seeds(project: Project, filters: Filters, *, limit: int, balance: str = "", lot: int = 0) -> list[Seed]:
    """At most `limit` items that fit, drawn by `lot`, in the order of their ids; with their settled or known answers.

    `balance`: a question; then as many of each of its answers, as far as there are. Items of the test split are never
    seeds. Raises Refused where they are too much to keep.
    """
    fitting = select(project, filters).exclude(OF_TEST)
    chosen = _balanced(project, fitting, balance, limit, lot) if balance else _drawn(fitting, limit, lot)
    answers = _answers(project, chosen)
    missed = _missed(chosen, answers)
    seeds, size = [], 0
    rows = Item.objects.filter(pk__in=chosen).order_by("pk").values_list("pk", "fields", "family")
    for pk, fields, family in rows:
        seeds.append(Seed(pk, fields, answers.get(pk, {}), family or pk, missed.get(pk, ())))
        size += len(json.dumps(fields, ensure_ascii=False).encode())
        if size > MOST_BYTES:
            raise Refused(
                _("These seeds hold more than %(most)s MB of text; choose fewer.") % {"most": MOST_BYTES >> 20},
                "seed_limit",
            )
    return seeds


def seeds_to_json(seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "fields": each.fields,
            "answers": each.answers,
            "family": each.family,
            "missed": list(each.missed),
        }
        for each in seeds
    ]


def seeds_from_json(drawn: Sequence[dict[str, Any]]) -> tuple[Seed, ...]:
    return tuple(
        Seed(each["id"], each["fields"], each["answers"], each["family"], tuple(each.get("missed", ())))
        for each in drawn
    )


def pool_of(project: Project, *, through: int, most: int = POOL) -> tuple[str, ...]:
    """Texts of the project's newest items up to this id, oldest first: the same again as long as none is deleted."""
    newest = Item.objects.filter(project=project, pk__lte=through).order_by("-pk").values_list("fields", flat=True)
    return tuple(shown_text(project.fields, fields) for fields in reversed(list(newest[:most])))


def protected_of(project: Project, seeds: Collection[int], *, through: int) -> tuple[str, ...]:
    """Texts that must not leak into a training set: the test split, and hidden checks that are no seeds."""
    guarded = Item.objects.filter(OF_TEST | Q(gold__isnull=False), project=project, pk__lte=through)
    rows = guarded.order_by("-pk").values_list("pk", "split", "fields")[: POOL + len(seeds)]
    drawn = set(seeds)
    return tuple(
        shown_text(project.fields, fields) for pk, split, fields in rows if is_held_out(split) or pk not in drawn
    )


def documents_of(project: Project, chosen: Sequence[int]) -> list[Document]:
    """In the order of their ids. Raises Refused where one of them is not there."""
    found = list(Document.objects.filter(project=project, pk__in=chosen).order_by("pk"))
    if missing := set(chosen) - {each.pk for each in found}:
        raise Refused(_("This project has no document %(pk)s.") % {"pk": min(missing)}, "documents")
    return found


def _drawn(fitting: QuerySet[Item], limit: int, lot: int) -> list[int]:
    by_lot = Func(
        F("pk"), Value(str(lot)), template="md5(%(expressions)s)", arg_joiner="::text || ", output_field=TextField()
    )
    return list(fitting.order_by(by_lot, "pk").values_list("pk", flat=True)[:limit])


def _balanced(project: Project, fitting: QuerySet[Item], question: str, limit: int, lot: int) -> list[int]:
    """Round by round one item of each answer."""
    by_answer: dict[str, list[int]] = defaultdict(list)
    for pk, answer in _labelled(project, fitting, question):
        by_answer[json.dumps(answer, sort_keys=True)].append(pk)
    queues = [sorted(by_answer[key], key=lambda pk: _lot(pk, lot), reverse=True) for key in sorted(by_answer)]
    chosen: list[int] = []
    while any(queues) and len(chosen) < limit:
        chosen += [queue.pop() for queue in queues if queue][: limit - len(chosen)]
    return chosen


def _labelled(project: Project, fitting: QuerySet[Item], question: str) -> Iterator[tuple[int, Any]]:
    pks = fitting.order_by().values("pk")
    settled = Consensus.objects.filter(item__in=pks, item__stage=Stage.SETTLED, question=question)
    told = set()
    for pk, value in settled.values_list("item_id", "value").iterator():
        told.add(pk)
        yield pk, value
    known = fitting.filter(gold__has_key=question).order_by().values_list("pk", "gold")
    yield from ((pk, gold[question]) for pk, gold in known.iterator() if gold and pk not in told)


def _lot(pk: int, lot: int) -> bytes:
    return hashlib.md5(f"{pk}{lot}".encode(), usedforsecurity=False).digest()


def _answers(project: Project, items: Sequence[int]) -> dict[int, Answers]:
    """What the questions were settled as; before, the known answers."""
    asked = {each.name for each in project.question_list}
    found: dict[int, Answers] = defaultdict(dict)
    rows = Item.objects.filter(pk__in=items, gold__isnull=False).values_list("pk", "gold")
    for pk, gold in rows:
        found[pk].update({name: value for name, value in (gold or {}).items() if name in asked})
    settled = Consensus.objects.filter(item__in=items, item__stage=Stage.SETTLED, question__in=asked)
    for pk, question, value in settled.values_list("item_id", "question", "value"):
        found[pk][question] = value
    return found


def _missed(items: Sequence[int], answers: Mapping[int, Answers]) -> dict[int, tuple[str, ...]]:
    """The questions of each item that a model voted on otherwise."""
    found: dict[int, set[str]] = defaultdict(set)
    for pk, said in Annotation.objects.votes().by_models().filter(item__in=items).values_list("item_id", "answers"):
        right = answers.get(pk, {})
        found[pk] |= {name for name, value in said.items() if name in right and value != right[name]}
    return {pk: tuple(sorted(names)) for pk, names in found.items()}
