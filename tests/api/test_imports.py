from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import ImportJob, Item
from annotation.workflow.importing import import_file
from tests.cast import Cast

ROWS = b"text,intent\nwhere is it,delivery\nwhere is it,delivery\n,refund\nmoney back,telepathy\n=1+1,refund\n"


def send(cast: Cast, data: bytes = ROWS, name: str = "rows.csv", **parts: Any) -> Any:
    body = {"file": SimpleUploadedFile(name, data), **parts}
    return cast.api(cast.lead).post(cast.url("imports"), body, format="multipart")


def kept() -> set[Path]:
    return set((Path(site.SYNTHWEB_FILES) / "imports").glob("*"))


def test_good_rows_come_in_and_bad_ones_are_reported(cast: Cast) -> None:
    job = send(cast)
    assert job.status_code == 202, job.content
    assert job.json()["state"] == "pending"
    import_file(job.json()["id"])
    client = cast.api(cast.lead)
    done = client.get(cast.url("imports", job.json()["id"])).json()
    counts = {key: done[key] for key in ("state", "read", "created", "duplicates", "rejected")}
    assert counts == {"state": "done", "read": 5, "created": 2, "duplicates": 1, "rejected": 2}
    report = client.get(done["report"])
    assert report["Content-Disposition"].startswith("attachment")
    assert report["X-Content-Type-Options"] == "nosniff"
    rows = list(csv.DictReader(io.StringIO(b"".join(report.streaming_content).decode())))
    assert [row["line"] for row in rows] == ["4", "5"]
    assert all(row["reason"] for row in rows)


def test_a_mapping_says_which_column_is_what(cast: Cast) -> None:
    mapping = {"fields": {"text": "body"}, "external_id": "no", "gold": {}, "metadata": []}
    job = send(cast, b"no,body,rest\n7,hello,x\n", mapping=json.dumps(mapping), format="csv")
    assert job.status_code == 202, job.content
    import_file(job.json()["id"])
    item = Item.objects.get(project=cast.project)
    assert (item.fields, item.external_id, item.metadata) == ({"text": "hello"}, "7", {})


def test_votes_come_in_and_what_does_not_is_told(cast: Cast) -> None:
    mapping = {"fields": {"text": "text"}, "answers": {"intent": "says"}, "annotator_column": "who", "metadata": []}
    data = b"text,who,says\nwhere,ann,Delivery\nwhere,bob,delivery\nwhy,ann,telepathy\nwhere,ann,refund\n"
    job = send(cast, gzip.compress(data), "rows.csv.gz", mapping=json.dumps(mapping)).json()
    import_file(job["id"])
    done = cast.api(cast.lead).get(cast.url("imports", job["id"])).json()
    assert {key: done[key] for key in ("created", "duplicates", "answers", "lost")} == {
        "created": 2, "duplicates": 2, "answers": 2, "lost": 2,
    }  # fmt: skip
    assert {loss["sentence"]: loss["examples"][0][0] for loss in done["losses"]} == {
        "Answers to “Intent” that do not fit it.": 4,
        "Answers of annotators who had answered the item already: the earlier ones stay.": 2,
    }
    item = Item.objects.get(project=cast.project, fields__text="where")
    assert dict(item.annotations.values_list("annotator__name", "answers")) == {
        "ann": {"intent": "refund"},
        "bob": {"intent": "delivery"},
    }


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"data": b""}, "file"),
        ({"data": b"\x00\x01\x02"}, "file"),
        ({"data": b"PK\x03\x04rest"}, "file"),
        ({"data": b"%PDF-1.7 rest"}, "file"),
        ({"format": "exe"}, "file"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": "[]"}, "mapping"),
        ({"mapping": '{"fields": {"text": "text"}, "fields": {}}'}, "mapping"),
        ({"mapping": '{"fields": {"text": "nothing"}}'}, "mapping"),
        ({"mapping": '{"fields": {"text": "text"}, "path": "/etc/passwd"}'}, "mapping"),
        ({"project": "x"}, "project"),
    ],
    ids=str,
)
def test_a_refused_upload_leaves_nothing_behind(
    cast: Cast, parts: dict[str, Any], field: str, django_capture_on_commit_callbacks: Any
) -> None:
    before = kept()
    with django_capture_on_commit_callbacks(execute=True):
        response = send(cast, **parts)
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"] == field
    assert not ImportJob.objects.filter(state__in=("pending", "running")).exists()
    assert not Item.objects.exists()
    assert kept() == before


def test_a_file_is_needed_and_only_one(cast: Cast) -> None:
    client = cast.api(cast.lead)
    assert client.post(cast.url("imports"), {}, format="multipart").status_code == 400
    assert client.post(cast.url("imports"), {"file": "text"}, format="json").status_code == 400
    two = {"file": [SimpleUploadedFile("a.csv", ROWS), SimpleUploadedFile("b.csv", ROWS)]}
    assert client.post(cast.url("imports"), two, format="multipart").status_code == 400


def test_a_file_over_the_limit_is_a_413_and_leaves_no_temporary_file(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.SYNTHWEB_MAX_UPLOAD_MB = 0
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    before = kept()
    response = send(cast)
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"
    assert kept() == before
    assert list(tmp_path.iterdir()) == []


def test_a_name_never_becomes_a_path(cast: Cast) -> None:
    job = send(cast, name="../../etc/passwd.csv")
    assert job.status_code == 202, job.content
    assert job.json()["filename"] == "passwd.csv"
    path = Path(site.SYNTHWEB_FILES) / ImportJob.objects.get().file
    assert path.resolve().is_relative_to(Path(site.SYNTHWEB_FILES).resolve())


@pytest.mark.django_db(transaction=True)
def test_an_import_can_be_cancelled(cast: Cast) -> None:
    before = kept()
    job = send(cast).json()
    client = cast.api(cast.lead)
    assert client.post(cast.url("imports", job["id"], "cancel"), {}).json()["state"] == "cancelled"
    assert client.post(cast.url("imports", job["id"], "cancel"), {}).status_code == 409
    assert kept() == before
