"""Vectors of items and sentences, by the bundled encoder."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import ItemVector, MeaningIndex, Phrase
from annotation.models.filters import Filters
from annotation.reports.meaning import nearest, without_vector
from annotation.workflow.changing_many import change_items, request_change, undo_change
from annotation.workflow.finding import (
    PHRASES_KEPT,
    embed_items,
    embed_phrase,
    find_unembedded,
    forget_phrases,
    look_for,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_first_search_on_items_are_found_by_what_they_mean(cast: Cast) -> None:
    money, parcel = cast.add("I want my money back.", "Where is my package?")
    assert find_unembedded() == []
    phrase = look_for(cast.project, "please refund me")
    assert phrase.vector is None
    assert find_unembedded() == [cast.project.pk]
    embed_phrase(phrase.pk)
    while embed_items(cast.project.pk):
        pass
    assert without_vector(cast.project) == 0
    assert find_unembedded() == []
    phrase.refresh_from_db()
    found = [pk for pk, _ in nearest(cast.project, phrase.vector, Filters())]
    assert found == [money.pk, parcel.pk]

    # What comes later is found too, once; a repeated message changes nothing.
    [late] = cast.add("Give me a refund")
    assert find_unembedded() == [cast.project.pk]
    embed_items(cast.project.pk)
    embed_items(cast.project.pk)
    assert ItemVector.objects.filter(project=cast.project).count() == 3
    assert nearest(cast.project, phrase.vector, Filters())[0][0] == late.pk

    # Deleted items are found no more, and brought back they are found again.
    change = request_change(cast.project, action="delete", among=[late.pk], user=cast.lead)
    change_items(change.pk)
    assert nearest(cast.project, phrase.vector, Filters())[0][0] == money.pk
    undo_change(change, user=cast.lead)
    change_items(change.pk)
    assert nearest(cast.project, phrase.vector, Filters())[0][0] == late.pk


def test_only_one_worker_is_at_a_projects_vectors(cast: Cast) -> None:
    cast.add("one")
    MeaningIndex.objects.create(project=cast.project, leased_until=timezone.now() + timedelta(minutes=1))
    assert not embed_items(cast.project.pk)
    assert not ItemVector.objects.exists()
    assert find_unembedded() == []


def test_what_somebody_looked_for_is_forgotten(cast: Cast) -> None:
    look_for(cast.project, "old")
    Phrase.objects.update(asked_at=timezone.now() - PHRASES_KEPT * 1.1)
    look_for(cast.project, "new")
    forget_phrases()
    assert list(Phrase.objects.values_list("text", flat=True)) == ["new"]
