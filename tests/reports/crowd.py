"""A small project in which much has happened, drawn by chance."""

from __future__ import annotations

import random
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from annotation.models import Annotation, Item, ItemVector
from annotation.models.item import EMBEDDING_DIMENSIONS
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import find_undoable, submit, undo
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.queueing import claim, skip
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import start_run
from tests.cast import OPTIONS, SCRIPTED, Cast
from tests.runs import work


def live_through(cast: Cast, seed: int) -> None:
    """Forty items, some with gold, a model, three people who answer, skip and undo, and a reviewer."""
    chance = random.Random(seed)
    cast.policy(overlap=2, audit_share=0.2)
    for number in range(40):
        cast.add(f"message {number}", gold={"intent": chance.choice(OPTIONS)} if number % 3 else {})
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    run = start_run(labeler)
    work(run)
    for _ in range(60):
        annotator = cast.as_annotator(chance.choice([cast.annotator, cast.second, cast.lead]))
        lease = claim(annotator)
        if lease is None:
            continue
        deed = chance.random()
        if deed < 0.1:
            skip(lease, reason="unclear")
        elif deed < 0.2:
            continue  # stays open
        else:
            submit(assignment=lease, answers={"intent": chance.choice(OPTIONS)})
            if deed > 0.9 and (latest := find_undoable(annotator.pk)) is not None:
                undo(latest)
    for item in list(Item.objects.filter(project=cast.project).in_review())[:5]:
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": chance.choice(OPTIONS)}, version=item.version)
    # Another project's rows must not show.
    cast.foreign.add("theirs")
    cast.foreign.answer(cast.foreign.annotator, "refund")


def populate(cast: Cast) -> None:
    """Three hundred items that came with votes of three people and a model, beside those that were lived through."""
    live_through(cast, seed=7)
    chance = random.Random(11)
    entries = []
    for number in range(300):
        truth = chance.choice(OPTIONS)
        said = {
            name: truth if chance.random() < 0.8 else chance.choice(OPTIONS)
            for name in ("ada", "bob", "cem")
            if chance.random() < 0.7
        }
        sure = chance.random()
        shares = {option: sure if option == truth else (1 - sure) / 2 for option in OPTIONS}
        entries.append(
            {
                "fields": {"text": f"imported {number}"},
                "metadata": {"channel": chance.choice(["mail", "chat"])},
                "annotations": [
                    *({"annotator": name, "answers": {"intent": answer}} for name, answer in said.items()),
                    {"annotator": "Robot", "answers": {"intent": truth}, "distribution": {"intent": shares}},
                ],
            }
        )
    add_items(cast.project, entries)
    _read_by_meaning(cast)
    _at_work(cast)
    with connection.cursor() as cursor:
        # Rows that are not committed are none to autovacuum: the planner would take these tables for empty, and join
        # them row by row.
        cursor.execute("ANALYZE")


def _read_by_meaning(cast: Cast) -> None:
    """Vectors as a worker makes them: every tenth item says nearly what the one before it does."""
    chance = np.random.default_rng(3)
    vectors: list[np.ndarray] = []
    items = Item.objects.filter(project=cast.project).order_by("pk")
    for number, item in enumerate(items):
        fresh = chance.normal(size=EMBEDDING_DIMENSIONS)
        vectors.append(vectors[-1] + 0.05 * fresh if number % 10 == 9 else fresh)
        ItemVector.objects.create(item=item, project=cast.project, vector=vectors[-1].tolist())


def _at_work(cast: Cast) -> None:
    """The votes were given over ten weeks, in some time, some with the suggestion seen; cem hurries in the end."""
    chance = random.Random(13)
    begun = timezone.now() - timedelta(weeks=10)
    votes = list(Annotation.objects.human().filter(project=cast.project).select_related("annotator").order_by("pk"))
    for place, vote in enumerate(votes):
        vote.created_at = begun + timedelta(weeks=10) * place / len(votes)
        vote.seconds = 0.1 if vote.annotator.name == "cem" and place > len(votes) / 2 else chance.uniform(2, 20)
        vote.suggestion_seen = chance.random() < 0.3
    Annotation.objects.bulk_update(votes, ["created_at", "seconds", "suggestion_seen"])
    # The model's votes were there before: as they came they followed people's on the same item.
    for model in Annotation.objects.by_models().filter(project=cast.project, annotator__name="Robot").order_by("pk"):
        Annotation.objects.filter(pk=model.pk).update(id=-model.pk)
