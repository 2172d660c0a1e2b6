"""Following an invitation."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from annotation.models import Invitation, Membership, User
from tests.cast import Cast
from tests.views.data import page, signed_in

PASSWORD = "correct horse battery"
OFFER = {"invite-role": "annotator", "invite-uses": "2", "invite-days": "7", "invite-note": "<b>Ada</b>"}


def invited(cast: Cast, **offer: str) -> str:
    """The path of a new invitation, as the lead reads it off the page."""
    response = signed_in(cast.lead).post(page("invitation_new", cast), {**OFFER, **offer})
    assert "no-store" in response["Cache-Control"]
    return re.sub(r"^https?://[^/]+", "", response.context["invited"]["address"])


def test_the_link_is_shown_once_and_the_list_says_how_it_stands(cast: Cast) -> None:
    path = invited(cast)
    listed = signed_in(cast.lead).get(page("people", cast)).content.decode()
    assert path.split("/")[-2] not in listed
    assert "&lt;b&gt;Ada&lt;/b&gt;" in listed
    assert "0 of 2 joined" in listed
    signed_in(cast.lead).post(page("invitation_revoke", cast, Invitation.objects.get().pk))
    assert "Revoked" in signed_in(cast.lead).get(page("people", cast)).content.decode()
    assert signed_in(cast.stranger).get(path).status_code == 410


def test_looking_at_a_link_lets_nobody_in_and_posting_does(cast: Cast) -> None:
    path, client = invited(cast), signed_in(cast.stranger)
    assert client.get(path).status_code == 200
    assert not Membership.objects.filter(user=cast.stranger).exists()
    assert client.post(path)["Location"] == page("project_overview", cast)
    assert Membership.objects.get(user=cast.stranger).role == "annotator"
    # Who is in already goes there, and takes no place.
    assert client.get(path)["Location"] == page("project_overview", cast)
    assert Invitation.objects.get().uses == 1


def test_somebody_new_gets_an_account_by_the_invitation_alone(cast: Cast) -> None:
    path, client = invited(cast), Client()
    refused = client.post(path, {"username": "lead", "password": PASSWORD})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"username"})
    refused = client.post(path, {"username": "ada", "password": "12345"})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"password"})
    assert not User.objects.filter(username="ada").exists()
    assert client.post(path, {"username": "ada", "password": PASSWORD})["Location"] == page("project_overview", cast)
    assert client.get(page("annotate", cast)).status_code == 200
    assert Client().login(username="ada", password=PASSWORD)
    assert Client().get(reverse("account_signup")).status_code in (200, 302)
    assert not User.objects.get(username="ada").is_staff


def test_trying_which_names_are_taken_is_slowed_down(cast: Cast) -> None:
    path, client = invited(cast), Client()
    tried = {"username": "lead", "password": PASSWORD}
    statuses = [client.post(path, tried).status_code for _ in range(21)]
    assert (statuses[0], statuses[-1]) == (422, 429)
    assert client.post(path, {"username": "ada", "password": PASSWORD}).status_code == 429
    assert not User.objects.filter(username="ada").exists()
    # Who has a link and an account is not held up by it.
    assert signed_in(cast.stranger).post(path).status_code == 302


def test_a_post_from_elsewhere_is_refused(cast: Cast) -> None:
    path = invited(cast)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.stranger)
    assert careful.post(path).status_code == 403
    assert not Membership.objects.filter(user=cast.stranger).exists()
