"""Sign-in links are spent once and by POST; tokens are shown once and die when revoked (A8)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import get_token_model

from annotation.models import TokenGrant, User
from annotation.models.preferences import DEFAULT_HOTKEYS, named_key
from annotation.workflow.people import sign_in_link
from annotation.workflow.tokens import make_token
from tests.cast import Cast
from tests.views.data import signed_in

SITE = "http://testserver"


def link_to(user: User) -> str:
    return sign_in_link(user, SITE).removeprefix(SITE)


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_looking_at_a_link_does_not_spend_it(cast: Cast) -> None:
    link, client = link_to(cast.annotator), Client()
    for _ in range(2):
        assert "Sign in as annotator" in client.get(link).content.decode()
    assert signed_in_as(client) is None
    assert client.post(link)["Location"] == "/"
    assert signed_in_as(client) == str(cast.annotator.pk)


def test_a_spent_link_is_gone_for_get_and_post(cast: Cast) -> None:
    link = link_to(cast.annotator)
    Client().post(link)
    other = Client()
    for response in (other.get(link), other.post(link)):
        assert response.status_code == 410
        assert "does not work any more" in response.content.decode()
    assert signed_in_as(other) is None


@pytest.mark.parametrize("change", ["token", "person", "rubbish", "inactive"])
def test_a_link_that_was_never_given_signs_nobody_in(cast: Cast, change: str) -> None:
    uid, token = link_to(cast.annotator).strip("/").split("/")[1:]
    if change == "token":
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    elif change == "person":
        uid = link_to(cast.lead).strip("/").split("/")[1]
    elif change == "rubbish":
        uid = "////"[:1].replace("/", "é") + "=="
    else:
        User.objects.filter(pk=cast.annotator.pk).update(is_active=False)
    client = Client()
    assert client.post(reverse("sign_in_link", args=[uid, token])).status_code == 410
    assert signed_in_as(client) is None


def test_a_link_replaces_the_session_of_whoever_was_signed_in(cast: Cast) -> None:
    client = signed_in(cast.lead)
    link = link_to(cast.annotator)
    assert "You are signed in as lead" in client.get(link).content.decode()
    client.post(link)
    assert signed_in_as(client) == str(cast.annotator.pk)


def test_signing_in_by_link_needs_the_pages_own_form(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(link_to(cast.annotator)).status_code == 403
    assert signed_in_as(client) is None


def test_a_token_is_shown_once_and_works(cast: Cast) -> None:
    client = signed_in(cast.annotator)
    response = client.post(reverse("tokens"), {"name": "export", "scope": "read", "days": "30"})
    token = response.context["created"]
    assert token in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token not in client.get(reverse("tokens")).content.decode()
    assert token not in str(list(get_token_model().objects.values()))
    assert Client().get("/api/v1/projects/", HTTP_AUTHORIZATION=f"Token {token}").status_code == 200


def test_a_token_is_made_as_narrow_as_it_was_chosen(cast: Cast) -> None:
    client = signed_in(cast.annotator)
    chosen = {"name": "<b>export</b>", "scope": "annotate", "days": "30", "projects": [cast.project.slug]}
    assert "&lt;b&gt;export&lt;/b&gt;" in client.post(reverse("tokens"), chosen).content.decode()
    [grant] = TokenGrant.objects.select_related("token")
    assert (grant.scope, grant.projects) == ("annotate", [cast.project.pk])
    assert 29 <= (grant.token.expiry - timezone.now()).days <= 30
    for wrong in ({"scope": "everything"}, {"days": "0"}, {"projects": [cast.foreign.project.slug]}):
        refused = client.post(reverse("tokens"), {**chosen, **wrong})
        assert (refused.status_code, refused.context["form"]["name"].value()) == (422, "<b>export</b>")
    assert TokenGrant.objects.count() == 1


def test_a_revoked_token_is_refused(cast: Cast) -> None:
    _, token = make_token(cast.annotator)
    client = signed_in(cast.annotator)
    [number] = re.findall(r'name="number" value="([^"]+)"', client.get(reverse("tokens")).content.decode())
    client.post(reverse("token_revoke"), {"number": number})
    assert Client().get("/api/v1/projects/", HTTP_AUTHORIZATION=f"Token {token}").status_code == 401


def test_nobody_revokes_anothers_token(cast: Cast) -> None:
    grant, _token = make_token(cast.annotator)
    for number in (grant.number, "x", "9" * 30):
        signed_in(cast.lead).post(reverse("token_revoke"), {"number": number})
    assert get_token_model().objects.filter(user=cast.annotator).exists()


def test_a_new_password_ends_every_session_and_token(cast: Cast) -> None:
    here, elsewhere, token = signed_in(cast.annotator), signed_in(cast.annotator), make_token(cast.annotator)[1]
    body = {"password1": "correct horse battery", "password2": "correct horse battery"}
    assert here.post(reverse("account_set_password"), body).status_code == 302
    assert elsewhere.get(reverse("tokens")).status_code == 302
    assert Client().get("/api/v1/projects/", HTTP_AUTHORIZATION=f"Token {token}").status_code == 401


def test_keys_are_set_on_a_page_that_keeps_what_was_typed_and_says_which_is_wrong(cast: Cast) -> None:
    client = signed_in(cast.annotator)
    keys = {command: named_key(key) for command, key in DEFAULT_HOTKEYS.items()}
    refused = client.post(reverse("preferences"), {**keys, "flag": "g", "swipe": "on"})
    assert refused.status_code == 422
    assert "cannot be both" in str(refused.context["form"]["flag"].errors)
    assert 'value="g"' in str(refused.context["form"]["flag"])
    assert client.post(reverse("preferences"), {**keys, "flag": "X"}).status_code == 302
    cast.annotator.refresh_from_db()
    assert cast.annotator.hotkeys == {"keys": {**DEFAULT_HOTKEYS, "flag": "x"}, "swipe": False}
    assert "Usual keys" in client.get(reverse("preferences")).content.decode()
    client.post(reverse("preferences"), {"reset": "yes"})
    cast.annotator.refresh_from_db()
    assert cast.annotator.hotkeys["keys"] == DEFAULT_HOTKEYS
