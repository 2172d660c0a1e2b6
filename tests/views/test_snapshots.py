"""Snapshots: asked for, watched, read about, downloaded."""

from __future__ import annotations

import hashlib

import pytest

from annotation.models import JobState, Snapshot, SnapshotFile
from annotation.workflow.changing_many import change_items, request_change
from annotation.workflow.deriving import make_file
from annotation.workflow.exporting import export_snapshot, path_of
from tests.cast import Cast
from tests.views.data import HTMX, page, signed_in


def make(cast: Cast, **asked: str) -> Snapshot:
    client = signed_in(cast.lead)
    assert client.post(page("snapshots", cast), {"format": "csv", "items": "settled", **asked}).status_code == 302
    return Snapshot.objects.latest("pk")


@pytest.fixture
def snapshot(transactional_db: None, cast: Cast) -> Snapshot:
    # Not inside the test's transaction: an export begins one of its own, with its own isolation.
    cast.add("first", "second")
    cast.answer(cast.annotator, "refund")
    made = make(cast)
    export_snapshot(made.pk)
    made.refresh_from_db()
    return made


def test_a_snapshot_has_settled_items_unless_everything_is_asked_for(cast: Cast) -> None:
    assert make(cast).filters == {"stage": ["settled"]}
    assert make(cast, items="everything").filters == {}
    assert list(Snapshot.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("bad", [{"format": "exe"}, {"items": "some"}, {"format": ""}])
def test_what_cannot_be_made_is_refused(cast: Cast, bad: dict[str, str]) -> None:
    response = signed_in(cast.lead).post(page("snapshots", cast), {"format": "csv", "items": "settled", **bad})
    assert response.status_code == 422
    assert not Snapshot.objects.exists()


def test_a_format_that_cannot_hold_the_project_is_refused_at_the_form(cast: Cast) -> None:
    response = signed_in(cast.lead).post(page("snapshots", cast), {"format": "conll", "items": "everything"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"format": ["CoNLL holds spans, and this project does not ask for any."]}
    answer = cast.api(cast.lead).post(cast.url("snapshots"), {"format": "conll"})
    assert answer.status_code == 400
    assert "CoNLL holds spans" in str(answer.json())
    assert not Snapshot.objects.exists()


def test_a_waiting_snapshot_polls_has_no_file_and_can_be_cancelled(cast: Cast) -> None:
    made = make(cast)
    client = signed_in(cast.lead)
    address = page("snapshot", cast, made.pk)
    assert "data-poll" in client.get(address, **HTMX).content.decode()
    assert "data-poll" in client.get(page("snapshots", cast), **HTMX).content.decode()
    early = client.get(page("snapshot_download", cast, made.pk), follow=True)
    assert "not finished" in str(next(iter(early.context["messages"])))
    client.post(page("snapshot_cancel", cast, made.pk))
    made.refresh_from_db()
    assert made.state == JobState.CANCELLED
    late = client.post(page("snapshot_cancel", cast, made.pk), follow=True)
    assert "over already" in str(next(iter(late.context["messages"])))


def test_the_page_says_who_decided_how_many_labels(cast: Cast, snapshot: Snapshot) -> None:
    response = signed_in(cast.lead).get(page("snapshot", cast, snapshot.pk))
    assert [(row["name"], row["count"]) for row in response.context["decided_by"]] == [("people", 1)]
    assert snapshot.sha256 in response.content.decode()


def test_the_download_is_an_attachment_of_a_fixed_type_with_its_checksum(cast: Cast, snapshot: Snapshot) -> None:
    response = signed_in(cast.lead).get(page("snapshot_download", cast, snapshot.pk))
    content = b"".join(response)
    assert hashlib.sha256(content).hexdigest() == snapshot.sha256
    assert response["Content-Type"] == "text/csv"
    assert response["Content-Disposition"] == f'attachment; filename="{cast.project.slug}-001.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["ETag"] == f'"{snapshot.sha256}"'
    assert int(response["Content-Length"]) == snapshot.size == len(content)


def test_a_file_that_is_gone_is_said_to_be_gone(cast: Cast, snapshot: Snapshot) -> None:
    path_of(snapshot).unlink()
    response = signed_in(cast.lead).get(page("snapshot_download", cast, snapshot.pk), follow=True)
    assert response.status_code == 200
    assert "gone from the server" in str(next(iter(response.context["messages"])))


def test_the_form_says_what_it_would_give_and_takes_filters_from_the_item_list(
    transactional_db: None, cast: Cast
) -> None:
    """From the explorer's “Download these” to a split file, and what it says of itself before."""
    cast.add("by mail", metadata={"channel": "mail"})
    cast.add("by chat", metadata={"channel": "chat"})
    client = signed_in(cast.lead)
    query = "metadata=channel%3Dchat"
    assert f"{page('snapshots', cast)}?{query}" in client.get(f"{page('items', cast)}?{query}").content.decode()
    shown = client.get(f"{page('snapshots', cast)}?{query}")
    assert [chip["value"] for chip in shown.context["chips"]] == ["channel=chat"]
    asked = {"format": "csv", "items": "everything", "query": query, "train": "50", "test": "50", "licence": "MIT"}
    plan = client.get(page("snapshot_plan", cast), asked, **HTMX)
    assert plan.context["fitting"] == 1
    assert plan.context["leaves_out"]
    wrong = client.post(page("snapshots", cast), asked | {"test": "60"})
    assert "sum to 110" in wrong.content.decode()
    assert wrong.context["form"]["licence"].value() == "MIT", "what was typed is kept"
    assert client.post(page("snapshots", cast), asked | {"query": "sure_from=x"}).status_code == 422
    assert client.post(page("snapshots", cast), asked).status_code == 302
    made = Snapshot.objects.latest("pk")
    assert (made.filters, made.splits) == ({"metadata": "channel=chat"}, {"train": 0.5, "test": 0.5})
    assert made.options == {"licence": "MIT"}
    export_snapshot(made.pk)
    made.refresh_from_db()
    assert made.rows == 1


def test_files_are_made_again_compared_kept_and_deleted_by_plain_forms(cast: Cast, snapshot: Snapshot) -> None:
    client = signed_in(cast.lead)
    address = page("snapshot", cast, snapshot.pk)
    assert client.post(page("snapshot_format", cast, snapshot.pk), {"format": "jsonl"}).url == address
    made = snapshot.files.get(format="jsonl")
    assert "data-poll" in client.get(address).content.decode()
    assert client.get(page("snapshot_file_download", cast, made.pk), follow=True).redirect_chain[-1][0] == address
    make_file(made.pk)
    assert client.get(page("snapshot_file_download", cast, made.pk)).status_code == 200
    cast.answer(cast.annotator, "other")
    later = make(cast)
    export_snapshot(later.pk)
    compared = client.post(page("snapshot_compare", cast, later.pk), {"base": snapshot.pk})
    difference = SnapshotFile.objects.get(base=snapshot)
    assert compared.url == page("snapshot_file", cast, difference.pk)
    make_file(difference.pk)
    assert client.get(compared.url).context["counts"] == {"added": 1, "removed": 0, "changed": 0}
    assert "not finished" in client.get(page("snapshot_card", cast, make(cast).pk), follow=True).content.decode()
    for name in ("snapshot_card", "snapshot_manifest", "snapshot_records"):
        assert "attachment" in client.get(page(name, cast, snapshot.pk))["Content-Disposition"]
    assert client.post(page("snapshot_keep", cast), {"days": "30", "last": ""}).status_code == 302
    assert client.get(page("snapshots", cast)).context["keep_form"]["days"].value() == 30
    assert client.post(page("snapshot_delete", cast, snapshot.pk)).url == page("snapshots", cast)
    assert not SnapshotFile.objects.filter(base=snapshot.pk).exists()
    assert client.get(address).status_code == 404


def test_a_snapshot_says_what_was_erased_from_it_and_the_change_how_far_it_is(cast: Cast, snapshot: Snapshot) -> None:
    client = signed_in(cast.lead)
    change = request_change(cast.project, action="delete", user=cast.lead)
    change_items(change.pk)
    waiting = client.post(page("change_erase", cast, change.pk), follow=True)
    assert "Erase from snapshots" in waiting.content.decode()
    assert not waiting.context["card"]["can_undo"]
    assert cast.api(cast.lead).get(cast.url("changes", change.pk)).json()["state"] == "pending"
    change_items(change.pk)
    assert "What was deleted is erased for good." in client.get(page("change", cast, change.pk)).content.decode()
    shown = client.get(page("snapshot", cast, snapshot.pk)).content.decode()
    assert "1 item was taken out of the snapshot." in shown
    assert snapshot.records_sha256 in shown
