"""What a run is asked for: which model may write, and that what comes is reviewed without knowing the answer."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Candidate, Item, Project, SynthesisRun
from annotation.models.filters import Filters
from annotation.workflow.commissioning import Commission
from annotation.workflow.errors import Refused
from annotation.workflow.synthesizing import request_synthesis, synthesize
from tests.cast import Cast


def reasoning(cast: Cast, **parameters: Any) -> Commission:
    """Reasoning towards the label, by a scripted model that is right about parcels."""
    fields = [*cast.project.fields, {"name": "reasoning", "type": "text", "title": "Reasoning"}]
    Project.objects.filter(pk=cast.project.pk).update(fields=fields)
    cast.project.refresh_from_db()
    script = {
        "rules": [{"contains": "parcel", "answer": {"reasoning": "It is on its way.", "answer": "delivery"}}],
        "default": {"answer": {"reasoning": "I guess.", "answer": "other"}},
    }
    roles = {"generator": {"llm": "scripted", "script": script}}
    return Commission("star", parameters, Filters(source="imported"), roles=roles)


def test_only_a_run_that_fine_tunes_needs_the_model_of_this_machine(cast: Cast) -> None:
    cast.add("Where is my parcel?", gold={"intent": "delivery"})
    with pytest.raises(Refused, match="bundled one") as refused:
        request_synthesis(cast.project, reasoning(cast, rounds=2))
    assert refused.value.field == "roles.generator" and not SynthesisRun.objects.exists()
    run = request_synthesis(cast.project, reasoning(cast, rounds=1))
    synthesize(run.pk)
    made = Item.objects.get(source="recipe")
    assert made.fields == {"text": "Where is my parcel?", "reasoning": "It is on its way."}
    assert made.gold is None and Candidate.objects.get(item=made).answers == {"intent": "delivery"}
    assert list(made.parents.values_list("fields__text", flat=True)) == ["Where is my parcel?"]


def test_seeds_that_no_item_fits_are_named_as_the_cause(cast: Cast) -> None:
    cast.add("Where is my parcel?")
    with pytest.raises(Refused, match="No item fits the filters"):
        request_synthesis(cast.project, Commission("eda", {}, Filters(source="recipe")))
