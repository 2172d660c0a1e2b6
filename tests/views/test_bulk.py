"""Changing many items by the pages: what is asked before, and what happens then."""

from __future__ import annotations

import pytest

from annotation.models import BulkChange, Candidate, Fate, Item, SynthesisRun
from annotation.workflow.changing_many import change_items
from tests.cast import Cast
from tests.views.data import page, signed_in


@pytest.mark.django_db(transaction=True)
def test_who_deletes_or_erases_is_told_what_recipes_made_of_it_and_chooses(cast: Cast) -> None:
    [seed, child, _other] = cast.add("a seed", "of it", "another")
    run = SynthesisRun.objects.create(project=cast.project, recipe="x", recipe_version=1, schema_version=1)
    Candidate.objects.create(run=run, number=0, fate=Fate.KEPT, parents=[seed.pk], item=child)
    child.parents.add(seed)
    client = signed_in(cast.lead)
    asked = {"action": "delete", "items": [seed.pk]}
    assert "Also the 1 item that recipes made of them" in client.post(page("change_new", cast), asked).content.decode()
    for nothing in ({"items": [child.pk]}, {"all": "1"}):
        told = client.post(page("change_new", cast), {"action": "delete", **nothing}).content.decode()
        assert "that recipes made" not in told
    client.post(page("change_new", cast), {**asked, "confirmed": "1", "made": "on"})
    change = BulkChange.objects.get(project=cast.project)
    assert (change.total, change.done) == (2, 2)
    assert "that recipes made" not in client.get(page("change", cast, change.pk)).content.decode(), "it is deleted too"
    client.post(page("change_undo", cast, change.pk))
    # Now without it: it is asked about once more before anything is erased.
    client.post(page("change_new", cast), {**asked, "confirmed": "1"})
    change = BulkChange.objects.latest("pk")
    assert client.get(page("item", cast, child.pk)).status_code == 200, "a page whose parent is gone"
    assert 'name="made"' in client.get(page("change", cast, change.pk)).content.decode()
    erased = client.post(page("change_erase", cast, change.pk), {"made": "on"}, follow=True).content.decode()
    assert "by a change of its own" in erased
    assert "What was deleted is erased." in erased
    following = BulkChange.objects.latest("pk")
    assert "Delete 1 item" in client.get(page("changes", cast)).content.decode()
    change_items(following.pk)
    assert [item.fields["text"] for item in Item.objects.filter(project=cast.project)] == ["another"]
    shown = client.get(page("change", cast, following.pk)).content.decode()
    assert "What was deleted is erased for good." in shown
