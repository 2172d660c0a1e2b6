"""Views of the item list under a name."""

from __future__ import annotations

import pytest
from django.test import Client

from annotation.models import SavedView
from tests.cast import Cast
from tests.views.data import page, signed_in


def save(client: Client, cast: Cast, **fields: str) -> None:
    assert client.post(page("view_new", cast), {"query": "stage=new", **fields}).status_code == 302


def test_a_view_leads_to_its_filters_and_only_to_filters(cast: Cast) -> None:
    client = signed_in(cast.reviewer)
    save(
        client, cast, name="  Hard   ones ", query="stage=human&order=least_sure&next=//evil&columns=stage&columns=sure"
    )
    kept = SavedView.objects.get()
    assert kept.name == "Hard ones"
    assert "evil" not in kept.query
    response = client.get(page("view", cast, kept.pk))
    assert response["Location"] == f"{page('items', cast)}?stage=human&order=least_sure&columns=stage&columns=sure"
    assert client.get(response["Location"]).context["form"].chosen_columns == ["stage", "sure"]


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 101}, {"name": "ok", "query": "stage=nowhere"}])
def test_what_cannot_be_saved_is_said_and_not_saved(cast: Cast, fields: dict[str, str]) -> None:
    save(signed_in(cast.reviewer), cast, **fields)
    assert not SavedView.objects.exists()


def test_a_shared_view_is_everybodys_to_use_and_its_owners_to_change(cast: Cast) -> None:
    mine, theirs = signed_in(cast.reviewer), signed_in(cast.lead)
    save(mine, cast, name="Private")
    save(mine, cast, name="Shared", shared="on")
    private, shared = SavedView.objects.order_by("name")
    assert theirs.get(page("view", cast, private.pk)).status_code == 404
    assert theirs.get(page("view", cast, shared.pk)).status_code == 302
    assert theirs.post(page("view_change", cast, shared.pk), {"name": "Mine"}).status_code == 403
    assert theirs.post(page("view_delete", cast, shared.pk)).status_code == 302
    save(mine, cast, name="Private")
    assert mine.post(page("view_change", cast, private.pk), {"name": "Open", "shared": "on"}).status_code == 302
    assert [(view.name, view.shared) for view in SavedView.objects.all()] == [("Open", True)]
