"""Who is in, as what, and who may make accounts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from annotation.models import Membership, Role, User
from annotation.workflow.people import add_member, create_user
from tests.cast import Cast
from tests.views.data import page, signed_in


def role_of(cast: Cast, user: User) -> str | None:
    return Membership.objects.filter(project=cast.project, user=user).values_list("role", flat=True).first()


def membership(cast: Cast, user: User) -> int:
    return Membership.objects.get(project=cast.project, user=user).pk


@pytest.fixture
def administrator(cast: Cast) -> User:
    person = create_user("root", admin=True)
    add_member(cast.project, person, Role.MANAGER, by=cast.lead)
    return person


def test_somebody_with_an_account_is_added_by_name(cast: Cast) -> None:
    response = signed_in(cast.lead).post(page("people", cast), {"username": "stranger", "role": "reviewer"})
    assert response.status_code == 302
    assert role_of(cast, cast.stranger) == Role.REVIEWER


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"username": "nobody", "role": "annotator"}, "username"),
        ({"username": "annotator", "role": "manager"}, "username"),
        ({"username": "stranger", "role": "owner"}, "role"),
        ({"username": "nul\0", "role": "annotator"}, "username"),
    ],
)
def test_who_cannot_be_added_is_refused_at_the_field(cast: Cast, posted: dict[str, Any], field: str) -> None:
    response = signed_in(cast.lead).post(page("people", cast), posted)
    assert response.status_code == 422
    assert response.context["form"].errors.get(field)
    assert (role_of(cast, cast.stranger), role_of(cast, cast.annotator)) == (None, Role.ANNOTATOR)


def test_roles_change_and_the_last_manager_stays(cast: Cast) -> None:
    client = signed_in(cast.lead)
    client.post(page("member_role", cast, membership(cast, cast.annotator)), {"role": "reviewer"})
    assert role_of(cast, cast.annotator) == Role.REVIEWER
    client.post(page("member_role", cast, membership(cast, cast.lead)), {"role": "annotator"})
    client.post(page("member_remove", cast, membership(cast, cast.lead)))
    assert role_of(cast, cast.lead) == Role.MANAGER
    client.post(page("member_role", cast, membership(cast, cast.annotator)), {"role": "emperor"})
    assert role_of(cast, cast.annotator) == Role.REVIEWER


def test_nobody_raises_their_own_role(cast: Cast) -> None:
    for user in (cast.annotator, cast.reviewer):
        posted = signed_in(user).post(page("member_role", cast, membership(cast, user)), {"role": "manager"})
        assert posted.status_code == 403
        assert role_of(cast, user) != Role.MANAGER


def test_who_is_removed_sees_nothing_any_more(cast: Cast) -> None:
    signed_in(cast.lead).post(page("member_remove", cast, membership(cast, cast.annotator)))
    assert signed_in(cast.annotator).get(page("annotate", cast)).status_code == 404


def test_an_administrator_makes_an_account_whose_link_is_shown_once(cast: Cast, administrator: User) -> None:
    client = signed_in(administrator)
    response = client.post(page("person_new", cast), {"new-username": "ada", "new-role": "annotator"})
    link = response.context["link"]["address"]
    assert link in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert "/sign-in/" not in client.get(page("people", cast)).content.decode()
    ada = User.objects.get(username="ada")
    assert role_of(cast, ada) == Role.ANNOTATOR
    path = re.sub(r"^https?://[^/]+", "", link)
    assert Client().post(path).status_code == 302


def test_an_account_that_cannot_be_made_leaves_nothing_behind(cast: Cast, administrator: User) -> None:
    for name in ("lead", "not a name!", ""):
        response = signed_in(administrator).post(
            page("person_new", cast), {"new-username": name, "new-role": "manager"}
        )
        assert response.status_code == 422
        assert response.context["account_form"].errors.get("username")
    assert role_of(cast, cast.lead) == Role.MANAGER
    assert Membership.objects.filter(project=cast.project).count() == 5


def test_accounts_and_links_are_in_no_managers_hands(cast: Cast) -> None:
    client = signed_in(cast.lead)
    assert client.post(page("person_new", cast), {"new-username": "x", "new-role": "annotator"}).status_code == 403
    assert client.post(page("member_link", cast, membership(cast, cast.annotator))).status_code == 403
    assert not User.objects.filter(username="x").exists()
    assert client.get(page("people", cast)).context["account_form"] is None


def test_an_administrator_gives_a_member_a_new_link(cast: Cast, administrator: User) -> None:
    response = signed_in(administrator).post(page("member_link", cast, membership(cast, cast.annotator)))
    assert response.context["link"]["username"] == "annotator"
