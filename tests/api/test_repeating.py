"""A request that is sent twice is done once, and answered alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from annotation.models import ImportJob, Invitation, KeptReply, Labeler, Membership, Project
from annotation.workflow.enlisting import add_labeler, retire_labeler
from annotation.workflow.repeating import forget_replies
from tests.cast import SCRIPTED, Cast

PROJECT = {
    "name": "Mine",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [{"name": "ok", "type": "choice", "options": ["yes", "no"]}],
}


def post(client: Any, address: str, body: Any, key: str = "key-1", **options: Any) -> Any:
    return client.post(address, body, headers={"Idempotency-Key": key}, **options)


def test_the_same_key_and_body_make_one_of_everything_that_can_be_made(cast: Cast) -> None:
    client = cast.api(cast.lead)
    before = Project.objects.count()
    retired = add_labeler(cast.project, name="Old", kind="prompted", config=SCRIPTED, user=cast.lead)
    retire_labeler(retired, user=cast.lead)
    places: list[tuple[str, Any, int]] = [
        ("/api/v1/projects/", PROJECT, 201),
        (cast.url("items"), [{"fields": {"text": "one"}}], 201),
        (cast.url("members"), {"username": "stranger", "role": "annotator"}, 201),
        (cast.url("invitations"), {"note": "for Ada"}, 201),
        (cast.url("labelers"), {"name": "M", "kind": "prompted", "config": SCRIPTED}, 201),
        (cast.url("snapshots"), {"format": "jsonl"}, 202),
        (cast.url("claims"), None, 200),
        (cast.url("labelers", retired.pk, "activation"), None, 204),
    ]
    for number, (address, body, status) in enumerate(places):
        first, again = (post(client, address, body, f"key-{number}") for _ in range(2))
        assert (first.status_code, again.status_code) == (status, status), (address, first.content, again.content)
        assert first.content == again.content, address
        assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert Project.objects.count() == before + 1
    assert (cast.project.items.count(), Invitation.objects.count()) == (1, 1)
    assert Labeler.objects.filter(project=cast.project, name="M").count() == 1
    # What an answer shows once is not kept in the clear.
    address = post(client, cast.url("invitations"), {"note": "for Ada"}, "key-3").json()["address"]
    assert address.rsplit("/", 2)[1].encode() not in b"".join(bytes(each.body) for each in KeptReply.objects.all())


def test_a_file_counts_by_what_is_in_it(cast: Cast) -> None:
    client = cast.api(cast.lead)

    def send(text: bytes) -> Any:
        file = SimpleUploadedFile("some.csv", text)
        return post(client, cast.url("imports"), {"file": file}, format="multipart")

    first, again, other = send(b"text\none\n"), send(b"text\none\n"), send(b"text\ntwo\n")
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422), first.content
    assert first.json()["id"] == again.json()["id"]
    assert ImportJob.objects.count() == 1


def test_a_key_belongs_to_one_request_of_one_person(cast: Cast) -> None:
    client = cast.api(cast.lead)
    assert post(client, cast.url("items"), [{"fields": {"text": "one"}}]).status_code == 201
    for address, body in ((cast.url("items"), [{"fields": {"text": "two"}}]), (cast.url("labelers"), {"name": "M"})):
        refused = post(client, address, body)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("idempotency-key-reused")
    assert post(cast.api(cast.foreign.lead), "/api/v1/projects/", PROJECT).status_code == 201
    assert post(client, cast.url("items"), [], "x" * 101).status_code == 400


def test_what_was_refused_may_be_sent_again(cast: Cast) -> None:
    client = cast.api(cast.lead)
    assert post(client, cast.url("members"), {"username": "nobody", "role": "annotator"}).status_code == 400
    assert not KeptReply.objects.exists()
    assert post(client, cast.url("members"), {"username": "stranger", "role": "annotator"}).status_code == 201


def test_an_answer_is_repeated_to_nobody_who_has_left(cast: Cast) -> None:
    client = cast.api(cast.reviewer)
    assert post(client, cast.url("views"), {"name": "Mine"}).status_code == 201
    Membership.objects.filter(project=cast.project, user=cast.reviewer).delete()
    assert post(client, cast.url("views"), {"name": "Mine"}).status_code == 404


def test_a_day_later_a_key_is_new(cast: Cast) -> None:
    client = cast.api(cast.lead)
    post(client, cast.url("items"), [{"fields": {"text": "one"}}])
    KeptReply.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert post(client, cast.url("items"), [{"fields": {"text": "two"}}]).status_code == 201
    KeptReply.objects.update(created_at=timezone.now() - timedelta(hours=25))
    forget_replies()
    assert not KeptReply.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_project_and_hear_the_same(cast: Cast) -> None:
    clients = [cast.api(cast.lead) for _ in range(8)]

    def send(client: Any) -> tuple[int, bytes]:
        try:
            response = post(client, "/api/v1/projects/", PROJECT)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, clients))
    assert [status for status, _ in answers] == [201] * 8
    assert len({body for _, body in answers}) == 1
    assert Project.objects.filter(name="Mine").count() == 1
