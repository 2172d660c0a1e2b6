from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from annotation.models import Snapshot
from annotation.workflow.deriving import make_file
from annotation.workflow.exporting import export_snapshot
from tests.cast import Cast


def request(cast: Cast, **body: Any) -> Any:
    return cast.api(cast.lead).post(cast.url("snapshots"), {"format": "jsonl", **body})


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_downloads_as_a_file_with_its_checksum(cast: Cast) -> None:
    cast.add("one", "two", gold={"intent": "other"})
    cast.answer(cast.annotator, "refund")
    asked = request(cast, splits={"train": 0.8, "test": 0.2})
    assert asked.status_code == 202, asked.content
    assert asked.json()["download"] is None
    client = cast.api(cast.lead)
    assert client.get(cast.url("snapshots", asked.json()["id"], "download")).status_code == 409
    export_snapshot(asked.json()["id"])
    done = client.get(cast.url("snapshots", asked.json()["id"])).json()
    assert (done["state"], done["rows"]) == ("done", 2)
    assert done["manifest"]["decided_by"] == {"people": 1}
    response = client.get(done["download"])
    data = b"".join(response.streaming_content)
    assert hashlib.sha256(data).hexdigest() == done["sha256"] == response["X-Checksum-SHA256"]
    assert response["ETag"] == f'"{done["sha256"]}"'
    assert int(response["Content-Length"]) == len(data) == done["size"]
    assert response["Content-Disposition"] == 'attachment; filename="support-messages-001.jsonl"'
    assert response["X-Content-Type-Options"] == "nosniff"
    records = [json.loads(line) for line in data.splitlines()]
    assert {record["split"] for record in records} <= {"train", "test"}
    assert [record["labels"]["intent"]["value"] for record in records if record["labels"]] == ["refund"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "exe"}, "format"),
        ({"format": None}, "format"),
        ({"filters": {"owner": 1}}, "filters"),
        ({"filters": {"stage": "x"}}, "filters.stage"),
        ({"filters": {"stage": [{"a": 1}]}}, "filters.stage"),
        ({"filters": []}, "filters"),
        ({"filters": {"sure_from": "high"}}, "filters.sure_from"),
        ({"options": {"seed": -1}}, "options.seed"),
        ({"options": {"columns": 1}}, "options"),
        ({"settings": {"colour": "red"}}, "settings"),
        ({"splits": {"train": 0.5}}, "splits"),
        ({"splits": {"../x": 1}}, "splits"),
        ({"splits": {"train": "1"}}, "splits"),
        ({"file": "/etc/passwd"}, "file"),
        ({"state": "done"}, "state"),
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    response = request(cast, **change)
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"] == field
    assert not Snapshot.objects.exists()


def test_a_snapshot_can_be_given_up(cast: Cast) -> None:
    asked = request(cast).json()
    client = cast.api(cast.lead)
    assert client.post(cast.url("snapshots", asked["id"], "cancel"), {}).json()["state"] == "cancelled"
    assert client.post(cast.url("snapshots", asked["id"], "cancel"), {}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_is_had_in_other_formats_compared_kept_and_deleted(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.SYNTHWEB_FILES = tmp_path
    cast.add("one", "two")
    client = cast.api(cast.lead)
    first = request(cast, options={"licence": "MIT", "pseudonyms": True}).json()["id"]
    assert client.post(cast.url("snapshots", first, "files"), {"format": "csv"}).status_code == 409
    export_snapshot(first)
    cast.answer(cast.annotator, "refund")
    second = request(cast, format="csv", settings={"spreadsheet_safe": "no"}).json()["id"]
    export_snapshot(second)
    # Another format, and how the two differ.
    asked = client.post(cast.url("snapshots", first, "files"), {"format": "csv"})
    assert (asked.status_code, asked.json()["state"], asked.json()["download"]) == (202, "pending", None)
    difference = client.post(cast.url("snapshots", second, "differences"), {"base": first})
    for made in (asked, difference):
        make_file(made.json()["id"])
    shown = client.get(cast.url("snapshot-files", difference.json()["id"])).json()
    assert shown["summary"]["counts"] == {"changed": 1, "relabelled": 1}
    response = client.get(shown["download"], headers={"Range": "bytes=0-0"})
    assert (response.status_code, b"".join(response.streaming_content)) == (206, b"{")
    assert client.get(shown["download"], headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.get(shown["download"], headers={"Range": "bytes=99999999-"}).status_code == 416
    files = client.get(cast.url("snapshots", first, "files")).json()["results"]
    assert [(each["format"], each["state"]) for each in files] == [("jsonl", "done"), ("csv", "done")]
    for wrong, status in (({"base": second}, 400), ({"base": 10**12}, 404), ({}, 400), ({"base": "1"}, 400)):
        assert client.post(cast.url("snapshots", first, "differences"), wrong).status_code == status
    # What it is.
    card = b"".join(client.get(cast.url("snapshots", first, "card")).streaming_content).decode()
    assert 'license: "MIT"' in card
    manifest = json.loads(b"".join(client.get(cast.url("snapshots", first, "manifest")).streaming_content))
    assert manifest["options"] == {"licence": "MIT", "pseudonyms": True}
    listed = client.get(cast.url("snapshots")).json()["results"]
    assert "guidelines" not in listed[0]["manifest"], "a list of snapshots stays light"
    # How long files stay.
    assert client.put(cast.url("snapshot-keeping"), {"days": 30, "last": None}).json() == {"days": 30, "last": None}
    assert client.get(cast.url("snapshot-keeping")).json() == {"days": 30, "last": None}
    assert client.put(cast.url("snapshot-keeping"), {"days": 0, "last": None}).status_code == 400
    formats = {each["name"]: each for each in client.get(cast.url("snapshot-formats")).json()["results"]}
    assert formats["csv"]["leaves_out"]
    assert not formats["jsonl"]["leaves_out"]
    assert client.delete(cast.url("snapshots", first)).status_code == 204
    assert client.get(cast.url("snapshots", first)).status_code == 404
    assert client.get(cast.url("snapshot-files", difference.json()["id"])).status_code == 404
