"""Pages of the site that belong to no project (A1), and the promise that every address is in one of the matrices."""

from __future__ import annotations

from collections import Counter

import pytest
from django.contrib.admin.sites import site as administration
from django.test import Client
from django.urls import reverse
from knox.models import get_token_model

from annotation import urls
from annotation.models import Project, User
from annotation.workflow.people import sign_in_link
from annotation.workflow.tokens import make_token
from synthweb import urls as root
from tests.cast import Cast
from tests.views import test_data_access, test_experiments, test_page_access, test_synthesis
from tests.views.data import signed_in

# Route: the methods it answers to somebody who is signed in.
SITE = {
    "home": ("get",),
    "project_new": ("get", "post"),
    "project_design": ("get", "post"),
    "project_design_preview": ("post",),
    "project_from_file": ("post",),
    "connections": ("get", "post"),
    "webhooks": ("get", "post"),
    "tokens": ("get", "post"),
    "token_revoke": ("post",),
    "api_guide": ("get",),
    "language": ("post",),
    "preferences": ("get", "post"),
    "inbox": ("get",),
    "inbox_read": ("post",),
}
MATRICES = (test_page_access.ROUTES, test_data_access.ROUTES, test_synthesis.ROUTES, test_experiments.ROUTES)
# Pages that nobody has to be signed in for: whoever has the link may.
OPEN = {"sign_in_link", "join"}
EVERYBODY = ("lead", "reviewer", "annotator", "stranger")


def test_every_page_is_in_exactly_one_matrix() -> None:
    rows = Counter([*(name for matrix in MATRICES for name in matrix), *SITE, *OPEN])
    # It has two addresses: the first of its boards, and one of the others (tests/views/test_dashboards).
    assert Counter(str(route.name) for route in urls.urlpatterns) == rows + Counter(["dashboard"])


def test_nothing_else_is_served_beside_the_pages() -> None:
    """A new entry here needs its own answer to who may use it: tests/api/test_access.py has the API's."""
    served = [str(entry.pattern) for entry in root.urlpatterns]
    assert served == ["", "api/v1/", "api/schema/", "api/docs/", "healthz", "accounts/", "admin/"]


@pytest.mark.parametrize("name", SITE)
def test_without_a_sign_in_there_is_only_the_way_to_it(cast: Cast, name: str) -> None:
    before = Project.objects.count(), get_token_model().objects.count()
    for method in SITE[name]:
        response = getattr(Client(), method)(reverse(name), {"name": "Mine"})
        assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert (Project.objects.count(), get_token_model().objects.count()) == before


@pytest.mark.parametrize("name", SITE)
def test_no_other_method_does_anything(cast: Cast, name: str) -> None:
    for method in {"get", "post", "put", "patch", "delete"} - {*SITE[name]}:
        assert getattr(signed_in(cast.lead), method)(reverse(name)).status_code == 405
    assert Project.objects.count() == 2


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_sees_their_own_projects_alone(cast: Cast, who: str) -> None:
    page = signed_in(getattr(cast, who)).get(reverse("home")).content.decode()
    assert ("Support messages" in page) == (who != "stranger")
    assert "Elsewhere" not in page


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_revokes_or_sees_a_token_of_somebody_else(cast: Cast, who: str) -> None:
    grant, _token = make_token(cast.second)
    token = get_token_model().objects.get()
    client = signed_in(getattr(cast, who))
    assert token.token_key[:8] not in client.get(reverse("tokens")).content.decode()
    assert client.post(reverse("token_revoke"), {"number": grant.number}).status_code == 302
    assert get_token_model().objects.get() == token


def test_a_sign_in_link_opens_nobody_elses_account(cast: Cast) -> None:
    mine = sign_in_link(cast.annotator, "http://testserver").split("/sign-in/")[1].rstrip("/")
    leads = sign_in_link(cast.lead, "http://testserver").split("/sign-in/")[1].rstrip("/")
    address = reverse("sign_in_link", args=[leads.split("/")[0], mine.split("/")[1]])
    client = Client()
    for method in (client.get, client.post):
        assert method(address).status_code == 410
    assert "_auth_user_id" not in client.session


def test_nobody_makes_an_account_for_themselves(cast: Cast) -> None:
    before = User.objects.count()
    form = {"username": "mallory", "password1": "long enough 4 all", "password2": "long enough 4 all"}
    for client in (Client(), signed_in(cast.stranger)):
        client.post(reverse("account_signup"), form)
    assert User.objects.count() == before


@pytest.mark.parametrize("who", EVERYBODY)
def test_administration_is_for_the_administrator(cast: Cast, who: str) -> None:
    client = signed_in(getattr(cast, who))
    tables = [f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in administration._registry]
    for address in [reverse(f"admin:{name}") for name in ("index", *tables)]:
        response = client.get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("admin:login"))
