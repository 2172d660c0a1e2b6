"""A person who is erased is named nowhere: in no table, and in no file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Annotator, BulkChange, Item, Role, User
from annotation.workflow.assembling import pseudonym_of
from annotation.workflow.changing_many import change_items, request_change
from annotation.workflow.erasing_people import erase_person
from annotation.workflow.errors import Refused
from annotation.workflow.people import add_member, create_user
from annotation.workflow.reviewing import resolve
from tests.canaries import CANARY, delete, downloads, places, take
from tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_an_erased_person_is_named_nowhere_and_their_answers_stay(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"
    person = create_user(CANARY)
    add_member(cast.project, person, Role.REVIEWER, by=cast.lead)
    cast.policy(overlap=2)
    items = cast.add("one", "two", "three")
    cast.answer(person, "refund")
    cast.answer(cast.second, "refund")
    decided = Item.objects.get(pk=items[2].pk)
    resolve(item=decided, reviewer=person, answers={"intent": "other"}, version=decided.version)
    request_change(
        cast.project, action="assign", user=cast.lead, among=[items[1].pk], details={"people": [CANARY], "days": 3}
    )
    change_items(BulkChange.objects.latest("pk").pk)
    delete(cast, items[2].pk)
    take(cast, "long_table")
    undone = take(cast, options={"annotations": False})
    hidden = take(cast, options={"pseudonyms": True})
    pseudonym = pseudonym_of(CANARY, cast.project)
    assert pseudonym in str(hidden.manifest)
    assert len(places(CANARY)) > 8
    assert places(pseudonym)
    assert erase_person(CANARY) == 3
    assert places(CANARY) == []
    assert places(pseudonym) == []
    assert not User.objects.filter(pk=person.pk).exists()
    called = Annotator.objects.get(project=cast.project, name__startswith="erased-").name
    label = Item.objects.get(pk=items[0].pk).consensus.get()
    assert label.value == "refund"
    undone.refresh_from_db()
    assert [called, 1] in undone.manifest["annotators"]["people"]
    assert undone.manifest["erasures"][0]["what"] == "names"
    after = json.loads(next(downloads(take(cast))).splitlines()[0])
    assert sorted(after["labels"]["intent"]["by"]) == sorted([called, "second"])
    # Nobody but the last of their kind is kept.
    for name in (cast.lead.username, "nobody"):
        with pytest.raises(Refused):
            erase_person(name)
