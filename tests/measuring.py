"""A project in which models have voted and a person has answered blind, with figures that can be told by hand."""

from __future__ import annotations

from annotation.models import Annotation, Annotator, Item, Labeler, Project
from annotation.workflow.advancing import advance
from annotation.workflow.enlisting import add_labeler
from tests.cast import SCRIPTED, Cast

# (what the person says, what the model says, how sure it is)
SAID = [
    *[("refund", "refund", 0.9)] * 4,
    *[("refund", "delivery", 0.8)] * 2,
    *[("delivery", "delivery", 0.7)] * 3,
    ("other", "refund", 0.6),
]


def measured_labeler(cast: Cast, said: list[tuple[str, str, float]] = SAID, *, name: str = "Robot") -> Labeler:
    """A version that voted on one new item a line of `said`, and a person who answered each without seeing it."""
    labeler = add_labeler(cast.project, name=name, kind="prompted", config=SCRIPTED, user=cast.lead)
    items = cast.add(*(f"{labeler} {number}" for number in range(len(said))))
    person = cast.as_annotator(cast.annotator)
    Annotation.objects.bulk_create(
        row
        for item, (people, model, sure) in zip(items, said, strict=True)
        for row in (_vote(item, labeler.annotator, model, sure), _vote(item, person, people))
    )
    advance(Project.objects.get(pk=cast.project.pk), [item.pk for item in items])
    return labeler


def _vote(item: Item, annotator: Annotator, intent: str, sure: float | None = None) -> Annotation:
    others = [value for value in ("refund", "delivery", "other") if value != intent]
    shares = {intent: sure, **dict.fromkeys(others, (1 - sure) / 2)} if sure is not None else None
    return Annotation(
        project_id=item.project_id,
        item=item,
        annotator=annotator,
        answers={"intent": intent},
        distribution={"intent": shares} if shares else {},
        confidence=sure,
        seconds=0.5,
        schema_version=1,
    )
