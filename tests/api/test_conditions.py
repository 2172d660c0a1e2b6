"""What has not changed is not sent again; what has changed is not overwritten."""

from __future__ import annotations

import pytest

from annotation.models import Item, Resolution
from tests.cast import Cast


def test_what_a_client_has_already_is_not_sent_again(cast: Cast) -> None:
    cast.add("one")
    client = cast.api(cast.lead)
    for address in (cast.url(), cast.url("items"), "/api/v1/projects/"):
        etag = client.get(address)["ETag"]
        for asked in (etag, f'"other", W/{etag}'):
            known = client.get(address, headers={"If-None-Match": asked})
            assert (known.status_code, known.content, known["ETag"]) == (304, b"", etag), address
    etag = client.get(cast.url("items"))["ETag"]
    cast.add("two")
    changed = client.get(cast.url("items"), headers={"If-None-Match": etag})
    assert (changed.status_code, changed["ETag"] != etag) == (200, True)
    assert changed["Cache-Control"] == "private, no-cache"
    # A tag opens nothing: who may not see does not learn that it fits.
    assert cast.api(cast.stranger).get(cast.url("items"), headers={"If-None-Match": etag}).status_code == 404


@pytest.mark.parametrize(
    ("place", "change"),
    [((), {"guidelines": "New."}), (("items", 0), {"metadata": {"channel": "mail"}})],
    ids=["project", "item"],
)
def test_a_change_of_what_nobody_looked_at_is_refused(cast: Cast, place: tuple[object, ...], change: object) -> None:
    [item] = cast.add("one")
    address = cast.url(*(item.pk if part == 0 else part for part in place))
    client = cast.api(cast.lead)
    seen = client.get(address)["ETag"]
    done = client.patch(address, change, headers={"If-Match": seen})
    assert done.status_code == 200, done.content
    assert done["ETag"] == client.get(address)["ETag"] != seen
    late = client.patch(address, change, headers={"If-Match": seen})
    assert (late.status_code, late.json()["type"]) == (412, "urn:synthweb:problem:changed-since")
    assert client.patch(address, change, headers={"If-Match": "*"}).status_code == 200


def test_a_decision_and_a_deletion_are_on_what_was_seen(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    client = cast.api(cast.lead)
    seen = client.get(cast.url("items", item.pk))["ETag"]
    body = {"answers": {"intent": "other"}, "version": item.version}
    client.patch(cast.url("items", item.pk), {"metadata": {"a": 1}})
    late = client.post(cast.url("items", item.pk, "resolution"), body, headers={"If-Match": seen})
    assert late.status_code == 412
    assert client.delete(cast.url("items", item.pk), headers={"If-Match": seen}).status_code == 412
    assert (Resolution.objects.count(), Item.objects.count()) == (0, 1)
    now = client.get(cast.url("items", item.pk))["ETag"]
    decided = client.post(cast.url("items", item.pk, "resolution"), body, headers={"If-Match": now})
    assert decided.status_code == 201, decided.content


def test_if_match_is_not_ignored_where_there_is_nothing_to_match(cast: Cast) -> None:
    response = cast.api(cast.lead).post(cast.url("items"), [], headers={"If-Match": '"x"'})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "If-Match"
