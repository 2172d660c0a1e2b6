"""What a snapshot holds: what was asked for, and nothing that must not leave."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from annotation.exchange.frozen import thaw
from annotation.models import Item, JobState, Snapshot, Source
from annotation.workflow import assembling
from annotation.workflow.errors import Refused
from annotation.workflow.exporting import export_snapshot, path_of, request_snapshot
from annotation.workflow.reviewing import resolve
from annotation.workflow.shelving import on_disk
from annotation.workflow.splitting import split_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
HALVES = {"train": 0.5, "test": 0.5}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"


def export(cast: Cast, **request: Any) -> Snapshot:
    snapshot = request_snapshot(cast.project, **{"format": "jsonl", "user": cast.lead, **request})
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    assert snapshot.state == JobState.DONE, snapshot.error
    return snapshot


def records(snapshot: Snapshot) -> list[dict[str, Any]]:
    return list(thaw(on_disk(snapshot.records)))


def answered(cast: Cast) -> dict[str, Item]:
    """“agreed” by two people, “split” between them and decided by the reviewer, “open” by nobody."""
    cast.policy(overlap=2)
    items = dict(zip(("agreed", "split", "open"), cast.add("agreed", "split", "open"), strict=True))
    for user, said in ((cast.annotator, "refund"), (cast.second, "delivery")):
        for _ in range(2):
            lease = cast.claim(user)
            cast.answer_lease(lease, "refund" if lease.item_id == items["agreed"].pk else said)
    items["split"].refresh_from_db()
    resolve(
        item=items["split"],
        reviewer=cast.reviewer,
        answers={"intent": "other"},
        version=items["split"].version,
        comment="it is",
    )
    return items


def generated(cast: Cast, root: Item, count: int) -> list[Item]:
    items = cast.add(*(f"made of {root.fields['text']}, {number}" for number in range(count)))
    Item.objects.filter(pk__in=[each.pk for each in items]).update(source=Source.RECIPE, family=root.pk)
    return items


def test_a_family_never_straddles_splits_and_children_of_test_items_stay_out(cast: Cast) -> None:
    roots = cast.add(*(f"root {number}" for number in range(30)))
    children = {root.pk: [each.pk for each in generated(cast, root, 3)] for root in roots}
    for options in ({}, {"seed": 5}, {"stratify": "intent"}):
        snapshot = export(cast, splits=HALVES, options={**options, "unreviewed": True})
        split = {record["id"]: record["split"] for record in records(snapshot)}
        assert {split[root.pk] for root in roots} == {"train", "test"}
        for root, made in children.items():
            assert [split.get(each) for each in made] == ([None] * 3 if split[root] == "test" else ["train"] * 3)
        held_out = sum(each == "test" for each in split.values())
        assert snapshot.manifest["withheld"] == {"derived_from_test": 3 * held_out}
        assert snapshot.rows == snapshot.manifest["rows"] == 120 - 3 * held_out


def test_what_derives_from_an_item_that_came_in_as_a_test_item_stays_out_too(cast: Cast) -> None:
    held, free = cast.add("held out", "free")
    Item.objects.filter(pk=held.pk).update(split="test")
    stray = generated(cast, held, 1) + generated(cast, free, 1)
    Item.objects.filter(pk=stray[0].pk).update(split="train")
    kept = {record["id"]: record["split"] for record in records(export(cast, options={"unreviewed": True}))}
    assert kept == {held.pk: "test", free.pk: "", stray[1].pk: ""}
    kept = {
        record["id"]: record["split"]
        for record in records(export(cast, splits={"train": 1}, options={"keep_splits": True, "unreviewed": True}))
    }
    assert kept == {held.pk: "test", free.pk: "train", stray[1].pk: "train"}


def test_splits_are_those_of_every_snapshot_unless_they_are_stratified(cast: Cast) -> None:
    for item in cast.add(*(str(number) for number in range(30))):
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund" if item.pk % 3 else "other"}, version=0)
    drawn = {record["id"]: record["split"] for record in records(export(cast, splits=HALVES))}
    stored = Snapshot.objects.latest("pk").splits
    for item in cast.project.items.all():
        assert drawn[item.pk] == split_of(bytes(item.content_hash), stored)
    stratified = records(export(cast, splits=HALVES, options={"stratify": "intent"}))
    for label, count in (("refund", 10), ("other", 5)):
        found = [each["split"] for each in stratified if each["labels"]["intent"]["value"] == label]
        assert found.count("test") == found.count("train") == count


def test_labels_that_are_not_wanted_are_left_out_and_counted(cast: Cast) -> None:
    items = answered(cast)
    by_reviewer = export(cast, options={"decided_by": ["reviewer"]})
    assert [(each["id"], list(each["labels"])) for each in records(by_reviewer)] == [
        (items["split"].pk, ["intent"]),
        (items["open"].pk, []),
    ]
    assert by_reviewer.manifest["left_out"] == {"decided_by": 1, "items": 1}
    agreed = export(cast, options={"agreement_from": 0.5})
    assert [each["id"] for each in records(agreed)] == [items["agreed"].pk, items["open"].pk]
    assert agreed.manifest["left_out"] == {"agreement": 1, "items": 1}
    resolve(
        item=Item.objects.get(pk=items["open"].pk),
        reviewer=cast.reviewer,
        answers={"intent": "refund"},
        version=Item.objects.get(pk=items["open"].pk).version,
        ambiguous=True,
        distribution={"intent": {"refund": 0.5, "other": 0.5}},
    )
    firm = export(cast, options={"ambiguous": False})
    assert items["open"].pk not in [each["id"] for each in records(firm)]
    assert firm.manifest["left_out"]["ambiguous"] == 1


def test_a_record_says_what_was_asked_for_and_nobodys_name_under_pseudonyms(cast: Cast) -> None:
    items = answered(cast)
    whole = {each["id"]: each for each in records(export(cast))}
    decided = whole[items["split"].pk]
    assert (decided["decision"]["by"], decided["decision"]["comment"]) == ("reviewer", "it is")
    assert {"rationale", "seconds"} <= decided["annotations"][0].keys()
    hidden = export(cast, options={"pseudonyms": True})
    named = [each["annotator"] for record in records(hidden) for each in record["annotations"]]
    named += [name for record in records(hidden) for label in record["labels"].values() for name in label["by"]]
    named += [name for name, _answers in hidden.manifest["annotators"]["people"]]
    named += [record["decision"]["by"] for record in records(hidden) if "decision" in record]
    assert {name.partition("-")[0] for name in named} == {"person"}
    assert len(set(named)) == 3
    assert [each["annotator"] for each in records(hidden)[0]["annotations"]] == [
        each["annotator"] for each in records(export(cast, options={"pseudonyms": True}))[0]["annotations"]
    ]
    bare = export(cast, options={"annotations": False, "metadata": [], "questions": ["intent"]})
    assert [each["annotations"] for each in records(bare)] == [[]] * 3
    assert records(bare)[0]["labels"]["intent"]["by"] == ["annotator", "second"]


def test_known_answers_leave_only_where_somebody_asks_for_them(cast: Cast) -> None:
    cast.add("a check", gold={"intent": "refund"})
    assert "gold" not in records(export(cast))[0]
    assert records(export(cast, options={"gold": True}))[0]["gold"] == {"intent": "refund"}
    # A format that has no place for them says so, once for each; also with a file for each split.
    asked = {"format": "csv", "options": {"gold": True}, "splits": {"train": 1.0}}
    assert [
        list(export(cast, **asked, settings=how).manifest["losses"].values()) for how in ({}, {"files": "apart"})
    ] == [[1], [1]]
    assert export(cast, format="csv").manifest["losses"] == {}


def test_filters_are_those_of_the_item_list(cast: Cast) -> None:
    items = answered(cast)
    cast.add("by chat", metadata={"channel": "chat"})
    snapshot = export(cast, filters={"label": "intent:refund", "stage": "settled"})
    assert [each["id"] for each in records(snapshot)] == [items["agreed"].pk]
    assert snapshot.filters == {"stage": ["settled"], "label": "intent:refund"}
    assert [each["metadata"] for each in records(export(cast, filters={"metadata": "channel=chat"}))] == [
        {"channel": "chat"}
    ]


def test_items_that_lie_far_apart_bring_only_their_own_votes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembling, "PAGE", 10)
    cast.add(
        *(f"{number}" for number in range(80)), annotations=[{"annotator": "ada", "answers": {"intent": "refund"}}]
    )
    ids = [item.pk for item in cast.project.items.order_by("pk")][::20]
    Item.objects.filter(pk__in=ids).update(split="test")
    found = records(export(cast, filters={"split": "test"}))
    assert [(each["id"], len(each["annotations"])) for each in found] == [(pk, 1) for pk in ids]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"options": {"colour": 1}}, "options"),
        ({"options": {"fields": ["nothing"]}}, "options.fields"),
        ({"options": {"decided_by": "people"}}, "options.decided_by"),
        ({"options": {"posterior_from": 2}}, "options.posterior_from"),
        ({"options": {"seed": True}, "splits": HALVES}, "options.seed"),
        ({"options": {"stratify": "nothing"}, "splits": HALVES}, "options.stratify"),
        ({"options": {"stratify": "intent"}}, "splits"),
        ({"options": {"licence": "a\nb"}}, "options.licence"),
        ({"settings": {"colour": "red"}}, "settings"),
        ({"settings": {"spreadsheet_safe": "maybe"}}, "settings.spreadsheet_safe"),
        ({"filters": {"sure_from": "x"}}, "filters.sure_from"),
        ({"filters": {"owner__password": "x"}}, "filters"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_where_it_is(cast: Cast, request_: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        request_snapshot(cast.project, format="csv", **request_)
    assert refusal.value.field == field
    assert not Snapshot.objects.exists()


def test_a_format_that_does_not_keep_splits_has_a_file_for_each(cast: Cast) -> None:
    cast.add(*(f"text {number}" for number in range(20)))
    snapshot = export(cast, format="csv", splits=HALVES, settings={"files": "apart"})
    with zipfile.ZipFile(path_of(snapshot)) as archive:
        assert archive.namelist() == ["test.csv", "train.csv"]
        rows = {name: len(archive.read(name).splitlines()) - 1 for name in archive.namelist()}
    assert rows == {f"{name}.csv": count for name, count in snapshot.manifest["split_rows"].items()}
    assert export(cast, format="csv", splits=HALVES, settings={"files": "apart"}).sha256 == snapshot.sha256
