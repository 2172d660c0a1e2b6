from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Membership
from tests.cast import Cast


def roles(cast: Cast) -> dict[str, str]:
    return dict(Membership.objects.filter(project=cast.project).values_list("user__username", "role"))


def test_a_manager_lets_people_in_and_out(cast: Cast) -> None:
    client = cast.api(cast.lead)
    added = client.post(cast.url("members"), {"username": "stranger", "role": "annotator"})
    assert added.status_code == 201, added.content
    assert cast.api(cast.stranger).get(cast.url()).json()["role"] == "annotator"
    assert "stranger" in [each["username"] for each in client.get(cast.url("members")).json()["results"]]
    assert client.delete(cast.url("members", added.json()["id"])).status_code == 204
    assert cast.api(cast.stranger).get(cast.url()).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "nobody", "role": "annotator"}, "username"),
        ({"username": "stranger", "role": "owner"}, "role"),
        ({"username": "stranger"}, "role"),
        ({"username": ["stranger"], "role": "annotator"}, "username"),
        ({"username": "stranger", "role": "annotator", "is_superuser": True}, "is_superuser"),
    ],
)
def test_a_member_needs_a_known_name_and_role(cast: Cast, body: dict[str, Any], field: str) -> None:
    before = roles(cast)
    response = cast.api(cast.lead).post(cast.url("members"), body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field
    assert roles(cast) == before


def test_nobody_raises_their_own_role(cast: Cast) -> None:
    before = roles(cast)
    for user in (cast.annotator, cast.reviewer, cast.stranger):
        client = cast.api(user)
        own = {"username": user.get_username(), "role": "manager"}
        assert client.post(cast.url("members"), own).status_code in (403, 404)
        assert client.patch(cast.url(), {"role": "manager"}).status_code in (403, 404)
    assert roles(cast) == before


def test_the_last_manager_stays(cast: Cast) -> None:
    client = cast.api(cast.lead)
    own = Membership.objects.get(project=cast.project, user=cast.lead)
    assert client.delete(cast.url("members", own.pk)).status_code == 409
    assert client.post(cast.url("members"), {"username": "lead", "role": "annotator"}).status_code == 409
    assert roles(cast)["lead"] == "manager"
