"""The nearest by meaning, exactly and by the index, under filters."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.models import Item, ItemVector, MeaningIndex
from annotation.models.filters import Filters
from annotation.reports import meaning
from annotation.reports.meaning import nearest, vector_of, without_vector
from tests.cast import Cast


@pytest.fixture
def vectors(cast: Cast) -> tuple[list[Item], np.ndarray]:
    """Sixty items with vectors, and the foreign project's that lie nearest to everything."""
    dice = np.random.default_rng(4)
    items = cast.add(*(f"item {number}" for number in range(60)))
    rows = dice.normal(size=(60, 384))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    theirs = cast.foreign.add("theirs")
    ItemVector.objects.bulk_create(
        ItemVector(item=item, project=item.project, vector=row.tolist())
        for item, row in zip([*items, *theirs], [*rows, rows[0]], strict=True)
    )
    return items, rows


@pytest.mark.parametrize("by_index", [False, True])
def test_the_most_alike_come_first_of_this_project_alone(
    cast: Cast, vectors: tuple[list[Item], np.ndarray], by_index: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_index:
        monkeypatch.setattr(meaning, "EXACT", 10)
    items, rows = vectors
    wanted = [items[place].pk for place in np.argsort(-(rows @ rows[0]))][:5]
    found = nearest(cast.project, rows[0].tolist(), Filters(), size=5)
    assert [pk for pk, _ in found] == wanted
    assert found[0][1] == pytest.approx(100, abs=0.2)
    like = nearest(cast.project, vector_of(items[0]) or [], Filters(), beside=items[0].pk, size=4)
    assert [pk for pk, _ in like] == wanted[1:]


@pytest.mark.parametrize("by_index", [False, True])
def test_the_nearest_of_those_that_fit(
    cast: Cast, vectors: tuple[list[Item], np.ndarray], by_index: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_index:
        monkeypatch.setattr(meaning, "EXACT", 2)
    items, rows = vectors
    few = [items[7].pk, items[21].pk, items[40].pk]
    Item.objects.filter(pk__in=few).update(split="few")
    similar = rows @ rows[0]
    wanted = sorted(few, key=lambda pk: -similar[[item.pk for item in items].index(pk)])
    assert [pk for pk, _ in nearest(cast.project, rows[0].tolist(), Filters(split="few"))] == wanted


def test_what_is_not_indexed_yet_is_counted(cast: Cast, vectors: tuple[list[Item], np.ndarray]) -> None:
    assert without_vector(cast.project) == 60
    MeaningIndex.objects.create(project=cast.project, upto=vectors[0][40].pk)
    assert without_vector(cast.project) == 19
