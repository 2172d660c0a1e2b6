"""What a run begins with."""

from __future__ import annotations

import json

from annotation.models import Annotation, Annotator, Item, Labeler
from annotation.models.filters import Filters
from annotation.workflow.seeding import draw_seeds, seeds_from_json, seeds_to_json
from tests.cast import Cast


def test_a_seed_says_which_of_its_questions_a_model_got_wrong(cast: Cast) -> None:
    right, wrong, unknown, advised = cast.add("a", "b", "c", "d")
    Item.objects.exclude(pk=unknown.pk).update(gold={"intent": "refund"})
    labeler = Labeler.objects.create(project=cast.project, name="m", kind="imported", active=False)
    model = Annotator.objects.create(project=cast.project, kind="model", name="m", labeler=labeler)
    said = ((right, "refund", False), (wrong, "other", False), (unknown, "other", False), (advised, "other", True))
    for item, intent, advice in said:
        Annotation.objects.create(
            project=cast.project,
            item=item,
            annotator=model,
            answers={"intent": intent},
            schema_version=1,
            advice=advice,
        )
    # A person who errs is no small model.
    Annotation.objects.create(
        project=cast.project,
        item=right,
        annotator=cast.as_annotator(cast.annotator),
        answers={"intent": "other"},
        schema_version=1,
    )
    seeds = draw_seeds(cast.project, Filters(), limit=10)
    assert {each.id: each.missed for each in seeds} == {
        right.pk: (),
        wrong.pk: ("intent",),
        unknown.pk: (),
        advised.pk: (),
    }
    assert list(seeds_from_json(json.loads(json.dumps(seeds_to_json(seeds))))) == seeds
