"""The report on synthetic data finds what was done to a project's generated texts, and says where it cannot tell."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.test import Client
from django.urls import reverse

from annotation.aggregation.scoring import wilson
from annotation.models import Candidate, Fate, Item, JobState, Measurement, Membership, Source, SynthesisRun
from annotation.models.filters import Filters
from annotation.reports.figures.base import Figure, Value, table
from annotation.reports.figures.registry import KINDS, kinds_of
from annotation.workflow.adding import add_items
from annotation.workflow.embedding import keep_vectors
from annotation.workflow.measuring import find_stalled_measurements, measure
from tests.cast import Cast

BOARD = kinds_of("synthetic")
SECRET = "nobody may ever learn that this parcel was sent to the wrong office in the month of may"


def settled(cast: Cast, texts: list[str], answers: list[str]) -> list[Item]:
    add_items(
        cast.project,
        [
            {
                "fields": {"text": text},
                "annotations": [{"annotator": name, "answers": {"intent": answer}} for name in ("ada", "bob")],
            }
            for text, answer in zip(texts, answers, strict=True)
        ],
    )
    found = {item.fields["text"]: item for item in Item.objects.filter(project=cast.project)}
    return [found[text] for text in texts]


def made(cast: Cast, recipe: str, items: list[Item], meant: list[str], families: list[Item]) -> None:
    run = SynthesisRun.objects.create(
        project=cast.project, recipe=recipe, recipe_version=1, schema_version=1, created_by=cast.lead
    )
    Candidate.objects.bulk_create(
        Candidate(run=run, number=number, fate=Fate.KEPT, item=item, answers={"intent": answer}, family=root.pk)
        for number, (item, answer, root) in enumerate(zip(items, meant, families, strict=True))
    )
    for item, root in zip(items, families, strict=True):
        Item.objects.filter(pk=item.pk).update(source=Source.RECIPE, family=root.pk)


def placed(items: list[Item], vectors: np.ndarray) -> None:
    keep_vectors([item.pk for item in items], np.pad(vectors, ((0, 0), (0, 384 - vectors.shape[1]))))


def fill(cast: Cast) -> None:
    """A hundred real texts of two labels. `eda` copied forty of them; `persona` wrote forty, of one label alone, one
    of them with a protected text, of which people looked at twenty and found five to be something else."""
    cast.policy(overlap=2, audit_share=0.0)
    draw = np.random.default_rng(4)
    labels = ["refund", "delivery"] * 50
    real = settled(cast, [f"real words number {n} {label}" for n, label in enumerate(labels)], labels)
    centres = np.where(np.array(labels)[:, None] == "refund", np.eye(20)[0], np.eye(20)[1]) * 6
    vectors = centres + draw.normal(size=(100, 20))
    # The last three have none yet.
    placed(real[:-3], vectors[:-3])
    copies = cast.add(*(f"real words, number {n} {label}" for n, label in enumerate(labels[:40])))
    placed(copies, vectors[:40] + 1e-3)
    made(cast, "eda", copies, labels[:40], real[:40])
    decided = settled(cast, [f"somebody wants money {n}" for n in range(20)], ["refund"] * 15 + ["other"] * 5)
    fresh = decided + cast.add(*(f"somebody asks for money {n}" for n in range(19)), f"listen: {SECRET}!")
    placed(fresh, np.eye(20)[0] * 6 + draw.normal(size=(40, 20)))
    made(cast, "persona", fresh, ["refund"] * 40, real[40:80])
    protected = cast.add(SECRET)
    Item.objects.filter(pk=protected[0].pk).update(split="test")
    placed(protected, np.eye(20)[19:] * 6)


def shown(cast: Cast, name: str, value: Value) -> Figure:
    return KINDS[name].present(Membership.objects.get(project=cast.project, user=cast.reviewer), value)


def rows_of(value: Value) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["group"], row["class"]): row for row in value["rows"]}


def test_without_generated_texts_every_figure_says_what_is_missing(cast: Cast) -> None:
    cast.add("one", "two")
    empty = {kind.name: shown(cast, kind.name, kind.measure(cast.project, Filters())) for kind in BOARD}
    assert [name for name, figure in empty.items() if not figure.missing or figure.rows] == []


def test_the_report_finds_what_was_done_to_the_texts_and_is_counted_by_workers(cast: Cast, client: Client) -> None:
    fill(cast)
    client.force_login(cast.reviewer)
    path = reverse("dashboard", args=[cast.project.slug, "synthetic"])
    assert client.get(path).status_code == 200
    waiting = Measurement.objects.filter(value__isnull=True)
    # The project is small, but only what is quick was counted for the page.
    assert {row.name for row in waiting} == {kind.name for kind in BOARD if kind.slow}
    for pk in find_stalled_measurements():
        measure(pk)
    assert not Measurement.objects.exclude(state=JobState.DONE).exists() and not waiting.all().exists()
    assert Item.objects.filter(embedding=None).count() == 0
    measured = {row.name: rows_of(row.value or {}) for row in Measurement.objects.exclude(name="synthetic_utility")}

    valid = measured["synthetic_validity"]
    assert (valid["persona", "refund"]["items"], valid["persona", "refund"]["found"]) == (40, [15, 20])
    assert valid["eda", ""]["found"] == [0, 0] and valid["real", ""]["found"] == [50, 50]

    near = measured["synthetic_neighbours"]
    assert near["eda", ""]["redundant"][0] < 20 and near["persona", ""]["memorised"][0] == 0
    missed, of = near["persona", "delivery"]["missed"]
    assert missed == of > 10 and near["persona", "delivery"]["texts"] == 0
    assert near["real", "delivery"]["missed"][0] < of / 2
    sources = {each.family for each in Candidate.objects.filter(run__recipe="eda")}
    other = [pk for pk in sources if pk is not None]
    assert 0 < near["eda", ""]["memorised"][0] <= len(other)

    told = measured["synthetic_fidelity"]
    assert ("other", "") not in told and told["persona", ""]["told"][0] / told["persona", ""]["told"][1] > 0.6
    assert told["real", ""]["mauve"] > told["persona", ""]["mauve"]

    labels = measured["synthetic_labels"]
    assert labels["persona", "delivery"]["texts"] == 0 and labels["persona", ""]["doubted"] is None
    assert labels["eda", "delivery"]["texts"] == 20 and labels["eda", ""]["doubted"][1] == 40

    leaks = measured["synthetic_leaks"]
    assert leaks["persona", ""]["contaminated"] == [1, 40]
    assert leaks["eda", ""]["contaminated"][0] == leaks["real", ""]["contaminated"][0] == 0

    sizes = {row["texts"] for (_group, label), row in measured["synthetic_diversity"].items() if not label}
    assert sizes == {40}

    use = Measurement.objects.get(name="synthetic_utility").value
    assert use is not None and use["test"] == 50
    rows = {(row["group"], row["with"]): row for row in use["rows"]}
    # Of one label alone nothing can be learned; and of what was copied from the test texts nothing is.
    assert ("persona", "") not in rows and ("persona", "real") in rows and rows["eda", ""]["texts"] < 40
    assert rows["real", ""]["right"]["value"] > 0.9 and rows["real", ""]["gain"] is None
    assert rows["half", ""]["gain"]["low"] <= rows["half", ""]["gain"]["value"] <= rows["half", ""]["gain"]["high"]

    page = client.get(path).content.decode()
    low, high = wilson(15, 20)
    assert f"75.0 % ({100 * low:.1f}–{100 * high:.1f} %)" in page and "Real data, other half" in page
    assert "Too few texts speak of somebody" in page
    answered = client.get(f"/api/v1/projects/{cast.project.slug}/figures/synthetic_validity/").json()
    assert {"group": "persona", "class": "refund", "items": 40, "decided": 20, "as_meant": 15, "validity": 0.75} in (
        answered["rows"]
    )
    for kind in BOARD:
        figure = shown(cast, kind.name, Measurement.objects.get(name=kind.name).value or {})
        assert len({len(row) for row in table(figure)}) <= 1 or figure.missing, kind.name
        assert figure.missing or figure.charts, kind.name


def test_filters_narrow_the_report(cast: Cast) -> None:
    fill(cast)
    value = KINDS["synthetic_validity"].measure(cast.project, Filters(search="asks for money"))
    assert rows_of(value)["persona", ""]["items"] == 19 and ("eda", "") not in rows_of(value)
