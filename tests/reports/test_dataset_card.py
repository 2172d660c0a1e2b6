"""The dataset card: what a stranger has to know, from the manifest alone, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils.translation import override

from annotation.models import Candidate, Fate, Snapshot, SynthesisRun
from annotation.reports.dataset_card import dataset_card
from annotation.reports.recipes_used import recipes_of
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.projects import change_guidelines
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manifest(cast: Cast, settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.SYNTHWEB_FILES = tmp_path / "files"
    change_guidelines(cast.project, "---\nlicense: mit\n---\n# Rules | all", user=cast.lead)
    cast.project.refresh_from_db()
    cast.add(
        "one", "two", "three", annotations=[{"annotator": "robot|one", "kind": "model", "answers": {"intent": "other"}}]
    )
    cast.answer(cast.annotator, "refund")
    snapshot = request_snapshot(
        cast.project, format="csv", splits={"train": 0.5, "test": 0.5}, options={"licence": "CC-BY-4.0: mine"}
    )
    export_snapshot(snapshot.pk)
    return Snapshot.objects.get(pk=snapshot.pk).manifest


def test_it_says_who_labelled_how_well_and_what_is_missing(manifest: dict[str, Any]) -> None:
    card = dataset_card(manifest)
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["license"] == "CC-BY-4.0: mine"
    assert front["task_categories"] == ["text-classification"]
    assert front["size_categories"] == ["n<1K"]
    for said in (
        "It holds 3 items",
        "| `refund` | refund | 1 |",
        "| annotator | 1 |",
        "2 of 3 items are not settled",
        "no item has the label `delivery`, `other`",
        "nobody has checked a label",
        "An item and what derives from it are always in the same split.",
    ):
        assert said in card, said
    assert "– –" not in card, "an interval that nobody knows is one dash"
    # What people wrote stays where it is: neither a second front matter nor a heading of the card.
    assert card.count("\n---\n") == 1
    assert "> # Rules | all" in card


def test_it_is_the_same_for_everybody(manifest: dict[str, Any]) -> None:
    with override("de"):
        german = dataset_card(manifest)
    assert german == dataset_card(manifest)


def test_it_says_how_many_rationales_are_valid_and_whose_writer_was_told(cast: Cast, manifest: dict[str, Any]) -> None:
    run = SynthesisRun.objects.create(
        project=cast.project, recipe="star", recipe_version=1, schema_version=1, drawn={"seeds": [], "documents": []}
    )
    for number, (hinted, steps) in enumerate(((False, [True, True]), (False, []), (True, [True, False]))):
        Candidate.objects.create(
            run=run, number=number, fate=Fate.KEPT, rationale="6 times 7. So 42.", hinted=hinted, steps=steps
        )
    card = dataset_card({**manifest, "recipes": recipes_of({(run.pk, "reviewed"): 3})})
    origin = f"| star 1 (run {run.pk}) |"
    assert f"{origin} not told the answer | 2 | 1 | 1 | 100.0 % of 1 (20.7 % – 100.0 %) |" in card
    assert f"{origin} told the answer | 1 | 1 | 0 | 0.0 % of 1 (0.0 % – 79.3 %) |" in card
    assert "### Reasoning" not in dataset_card(manifest)
