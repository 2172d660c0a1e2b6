"""What never leaves, however the export is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotation.exchange.frozen import thaw
from annotation.models import Candidate, Fate, Item, JobState, Snapshot, Source, SynthesisRun
from annotation.reports.dataset_card import dataset_card
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.reviewing import resolve
from annotation.workflow.shelving import on_disk
from annotation.workflow.splitting import split_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
# In the order in which a snapshot keeps them: the database orders keys by their length.
HALVES = {"test": 0.5, "train": 0.5}
ANYHOW = {"unreviewed": True}
PASSAGE = "the parcel that was promised for monday came on thursday and the box was open and wet"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_FILES = tmp_path / "files"


def export(cast: Cast, **request: Any) -> tuple[dict[int, str], Snapshot]:
    """({item that left: its split}, the snapshot)."""
    snapshot = request_snapshot(cast.project, **{"format": "jsonl", "user": cast.lead, **request})
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    assert snapshot.state == JobState.DONE, snapshot.error
    return {record["id"]: record["split"] for record in thaw(on_disk(snapshot.records))}, snapshot


def a_run(cast: Cast, *seeds: Item) -> SynthesisRun:
    drawn = {"seeds": [{"id": each.pk} for each in seeds], "documents": []}
    return SynthesisRun.objects.create(
        project=cast.project, recipe="eda", recipe_version=1, schema_version=1, drawn=drawn, state=JobState.DONE
    )


def made_of(cast: Cast, run: SynthesisRun, text: str, *parents: Item) -> Item:
    """As `sifting` writes it: of the first parent's family, whoever else it has learned from."""
    [item] = cast.add(text)
    family = parents[0].family or parents[0].pk if parents else None
    Item.objects.filter(pk=item.pk).update(source=Source.RECIPE, family=family)
    item.parents.set(parents)
    Candidate.objects.create(
        run=run,
        number=run.candidates.count(),
        fate=Fate.KEPT,
        item=item,
        fields=item.fields,
        parents=[each.pk for each in parents],
        family=family,
    )
    item.refresh_from_db()
    return item


def by_split(cast: Cast) -> tuple[Item, Item]:
    """A root that the content puts into train, and one that it puts into test."""
    found: dict[str, Item] = {}
    for item in cast.add(*(f"root {number}" for number in range(20))):
        found.setdefault(split_of(bytes(item.content_hash), HALVES), item)
    return found["train"], found["test"]


def test_no_descendant_of_a_test_item_leaves_by_any_line(cast: Cast) -> None:
    train, test = by_split(cast)
    run = a_run(cast, train, test)
    child = made_of(cast, run, "child", test)
    grand = made_of(cast, run, "grandchild", child)
    mixed = made_of(cast, run, "of two families", train, test)
    hidden = made_of(cast, run, "of who is of two families", mixed)
    fine = made_of(cast, run, "of train alone", train)
    # The line does not end where a generation between was deleted, here without a trace but its candidate.
    mixed.delete()
    tainted = {child.pk, grand.pk, hidden.pk}
    for options in ({}, {"stratify": "intent"}, {"keep_splits": True}):
        left, snapshot = export(cast, splits=HALVES, options=options | ANYHOW)
        stratified = "stratify" in options
        # By strata, others are in the test; whoever is, none of their descendants leaves.
        if not stratified:
            assert not tainted & set(left)
            assert (left[fine.pk], snapshot.manifest["withheld"]) == ("train", {"derived_from_test": 3})
        elif left.get(test.pk) == "test":
            assert not tainted & set(left)
        if left[train.pk] == "test":
            assert not {fine.pk, hidden.pk} & set(left)
        assert all(left[each] == "train" for each in {fine.pk, *tainted} & set(left))


def test_filters_that_take_half_a_family_let_nothing_slip(cast: Cast) -> None:
    train, test = by_split(cast)
    run = a_run(cast, train, test)
    made = {each: made_of(cast, run, each, parent) for each, parent in (("of train", train), ("of test", test))}
    both = made_of(cast, run, "of both", train, test)
    for filters in ({"source": "recipe"}, {"search": "of"}, {"metadata": "", "source": "recipe"}):
        left, snapshot = export(cast, filters=filters, splits=HALVES, options=ANYHOW)
        assert left == {made["of train"].pk: "train"}
        assert snapshot.manifest["withheld"] == {"derived_from_test": 2}
    # Where the splits are those that items came with, and only the generated ones are asked for.
    Item.objects.filter(pk=test.pk).update(split="Eval")
    left, _snapshot = export(cast, filters={"source": "recipe"}, options=ANYHOW)
    assert set(left) == {made["of train"].pk}
    assert both.pk not in left


def test_what_shares_a_passage_with_a_test_item_or_a_hidden_check_stays(cast: Cast) -> None:
    seed, other = cast.add("a seed", PASSAGE, gold={"intent": "delivery"})
    [free] = cast.add("free")
    run = a_run(cast, seed, other)
    leak = made_of(cast, run, f"He says: {PASSAGE.upper()}!", free)
    plain = made_of(cast, run, "nothing of that kind", free)
    assert leak.pk in export(cast, options=ANYHOW)[0], "seeds do not give themselves away"
    run.drawn = {"seeds": [{"id": seed.pk}], "documents": []}
    run.save()
    left, snapshot = export(cast, options=ANYHOW)
    assert (leak.pk in left, plain.pk in left, snapshot.manifest["withheld"]) == (False, True, {"contaminated": 1})
    # A test item gives no exception, seed or not; nor does one that only this snapshot's lots make one.
    run.drawn = {"seeds": [{"id": seed.pk}, {"id": other.pk}], "documents": []}
    run.save()
    left, _ = export(cast, splits={"test": 0.999, "train": 0.001}, options=ANYHOW | {"seed": 3})
    assert leak.pk not in left
    Item.objects.filter(pk=other.pk).update(split="test")
    assert leak.pk not in export(cast, filters={"source": "recipe"}, options=ANYHOW)[0]


def test_personal_data_is_in_quarantine_and_what_nobody_reviewed_waits(cast: Cast) -> None:
    [root] = cast.add("root")
    run = a_run(cast, root)
    mail = made_of(cast, run, "write to jane.doe@example.org", root)
    looked_at, unseen = made_of(cast, run, "looked at", root), made_of(cast, run, "unseen", root)
    for item in (mail, looked_at):
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    left, snapshot = export(cast)
    assert set(left) == {root.pk, looked_at.pk}
    assert snapshot.manifest["withheld"] == {"personal_data": 1, "unreviewed": 1}
    card = dataset_card(snapshot.manifest)
    assert "1 items were withheld: they hold what looks like personal data." in card
    assert "1 items were withheld: they were generated, and nobody has reviewed them." in card
    left, snapshot = export(cast, options=ANYHOW)
    assert set(left) == {root.pk, looked_at.pk, unseen.pk}
    assert snapshot.manifest["options"] == ANYHOW
    [told] = snapshot.manifest["recipes"]
    assert (told["recipe"], told["items"], told["unreviewed"], told["seed"]) == ("eda", 2, 1, run.seed)
    assert "1 items were generated and are in it although nobody" in dataset_card(snapshot.manifest)
