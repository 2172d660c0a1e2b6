"""Items by the thousand: what is there already stays, and a second call in one transaction starts from nothing."""

from __future__ import annotations

import pytest
from django.db import transaction

from annotation.exchange import ImportedItem, canonical_json, content_hash
from annotation.models import Item, Project
from annotation.workflow.storing import store_items
from tests.cast import Cast


def item(text: str, line: int = 1) -> ImportedItem:
    fields = {"text": text}
    return ImportedItem(line, fields, "", {}, {}, content_hash(fields))


def test_what_comes_twice_or_is_there_already_is_left_out(cast: Cast) -> None:
    assert len(store_items(cast.project, [item("a"), item("b"), item("a", 2)])) == 2
    assert len(store_items(cast.project, [item("b"), item("c")])) == 1
    assert Item.objects.filter(project=cast.project).count() == 3


def test_two_projects_in_one_transaction_do_not_mix(cast: Cast) -> None:
    with transaction.atomic():
        store_items(cast.project, [item("ours")])
        store_items(cast.foreign.project, [item("theirs")])
    assert [each.fields["text"] for each in cast.project.items.all()] == ["ours"]
    assert [each.fields["text"] for each in cast.foreign.project.items.all()] == ["theirs"]


def test_items_get_as_many_slots_as_the_overlap_is_now(cast: Cast) -> None:
    """An import holds the project as it was when it began; the lead changes the policy meanwhile."""
    stale = Project.objects.get(pk=cast.project.pk)
    cast.policy(overlap=3)
    store_items(stale, [item("late")])
    assert cast.project.items.get().slots == 3


@pytest.mark.parametrize(("share", "audited"), [(0.0, 0), (1.0, 200)])
def test_the_audit_share_is_drawn_from_the_content(cast: Cast, share: float, audited: int) -> None:
    cast.policy(audit_share=share)
    store_items(cast.project, [item(f"{number}") for number in range(200)])
    assert cast.project.items.filter(audit=True).count() == audited


def test_an_item_is_audited_or_not_in_every_import_alike(cast: Cast) -> None:
    for world in (cast, cast.foreign):
        world.policy(audit_share=0.3)
        store_items(world.project, [item(f"{number}") for number in range(1_000)])
    ours, theirs = (
        {each.fields["text"] for each in world.project.items.filter(audit=True)} for world in (cast, cast.foreign)
    )
    assert ours == theirs
    assert 240 < len(ours) < 360


def test_text_that_bites_copy_comes_back_as_it_was(cast: Cast) -> None:
    texts = ["tab\there", "back\\slash \\N \\.", "line\r\nbreak", "“quotes” 'and' \"more\"", "\u2028 🙂 \x01", "NULL"]
    store_items(cast.project, [item(text) for text in texts])
    assert [each.fields["text"] for each in cast.project.items.order_by("pk")] == texts
    assert canonical_json({"a": 1}) == b'{"a":1}'
