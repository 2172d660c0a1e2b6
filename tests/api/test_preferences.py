from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast

ADDRESS = "/api/v1/me/preferences/"


def test_preferences_are_ones_own_and_what_is_left_out_stays(cast: Cast) -> None:
    client = cast.api(cast.annotator)
    usual = client.get(ADDRESS).json()
    assert (usual["hotkeys"]["skip"], usual["swipe"], usual["language"]) == ("Space", True, "")
    changed = client.patch(ADDRESS, {"hotkeys": {"flag": "Page up", "skip": "s"}, "language": "de"})
    assert changed.status_code == 200, changed.content
    assert changed.json() == {
        "hotkeys": {**usual["hotkeys"], "flag": "Page up", "skip": "s"},
        "swipe": True,
        "language": "de",
    }
    assert client.patch(ADDRESS, {"swipe": False}).json() == {**changed.json(), "swipe": False}
    # What it answers, it understands.
    assert client.patch(ADDRESS, client.get(ADDRESS).json()).json() == {**changed.json(), "swipe": False}
    assert cast.api(cast.second).get(ADDRESS).json() == usual
    assert client.patch(ADDRESS, {"hotkeys": None, "swipe": True, "language": ""}).json() == usual


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hotkeys": {"flag": "g"}}, "hotkeys.flag"),
        ({"hotkeys": {"flag": 7}}, "hotkeys.flag"),
        ({"hotkeys": {"dance": "x"}}, "hotkeys"),
        ({"hotkeys": ["x"]}, "hotkeys"),
        ({"hotkeys": {"flag": "x"}, "swipe": False, "language": "tlh"}, "language"),
        ({"swipe": "no"}, "swipe"),
        ({"password": "x"}, "password"),
    ],
)
def test_where_one_thing_is_refused_nothing_changes(cast: Cast, body: dict[str, Any], field: str) -> None:
    client = cast.api(cast.annotator)
    response = client.patch(ADDRESS, body)
    assert response.status_code == 400, response.content
    assert [error["field"] for error in response.json()["errors"]] == [field]
    cast.annotator.refresh_from_db()
    assert cast.annotator.preferences == {}


def test_nobody_without_a_name_has_preferences(cast: Cast) -> None:
    assert cast.api(None).get(ADDRESS).status_code == 401
    assert cast.api(None).patch(ADDRESS, {"swipe": False}).status_code == 401
