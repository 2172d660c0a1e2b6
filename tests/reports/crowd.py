"""A small project in which much has happened, drawn by chance."""

from __future__ import annotations

import random

from annotation.models import Item
from annotation.workflow.annotating import find_undoable, submit, undo
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.labeling import label_chunk
from annotation.workflow.queueing import claim, skip
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import start_run
from tests.cast import OPTIONS, SCRIPTED, Cast


def live_through(cast: Cast, seed: int) -> None:
    """Forty items, some with gold, a model, three people who answer, skip and undo, and a reviewer."""
    chance = random.Random(seed)
    cast.policy(overlap=2, audit_share=0.2)
    for number in range(40):
        cast.add(f"message {number}", gold={"intent": chance.choice(OPTIONS)} if number % 3 else {})
    labeler = add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED)
    run = start_run(labeler)
    while label_chunk(run.pk):
        pass
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
