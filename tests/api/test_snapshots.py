from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from annotation.models import Snapshot
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
