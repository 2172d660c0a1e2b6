"""Pages of work and steering × roles × another project (A1, A11). A route without a row here fails the suite."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation import urls
from annotation.models import (
    Annotation,
    Annotator,
    Assignment,
    Comment,
    Event,
    Fitting,
    Flag,
    Invitation,
    Item,
    Membership,
    Notification,
    Project,
    Qualification,
    Resolution,
    SchemaChange,
    User,
)
from annotation.workflow.commenting import comment
from annotation.workflow.fitting import request_fitting
from annotation.workflow.flagging import flag
from annotation.workflow.inviting import Offer, invite
from annotation.workflow.reshaping import change_questions
from tests.cast import Cast, World
from tests.views.data import signed_in

# Route: (method, kind of row its address names, the roles that may).
EVERYONE = ("annotator", "reviewer", "lead")
REVIEWERS = ("reviewer", "lead")
LEAD = ("lead",)
ROUTES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "project_overview": ("get", "", EVERYONE),
    "dashboard": ("get", "", REVIEWERS),
    "figure": ("get", "figure", REVIEWERS),
    "figure_file": ("get", "figure", REVIEWERS),
    "annotate": ("get", "", EVERYONE),
    "annotate_undo": ("post", "", EVERYONE),
    "annotate_submit": ("post", "lease", ()),
    "annotate_skip": ("post", "lease", ()),
    "annotate_ahead": ("post", "", EVERYONE),
    "annotate_renew": ("post", "lease", ()),
    "annotate_draft": ("post", "lease", ()),
    "annotate_release": ("post", "lease", ()),
    "my_answers": ("get", "", EVERYONE),
    "answer_edit": ("post", "answer", ()),
    "skip_reopen": ("post", "lease", ()),
    "item_comments": ("get", "item", REVIEWERS),
    "item_mentions": ("get", "item", REVIEWERS),
    "item_flag": ("post", "item", REVIEWERS),
    "comment_remove": ("post", "comment", REVIEWERS),
    "flags": ("get", "", REVIEWERS),
    "flag_clear": ("post", "flag", REVIEWERS),
    "guidelines": ("get", "", EVERYONE),
    "guidelines_seen": ("post", "", EVERYONE),
    "notices": ("get", "", EVERYONE),
    "project_webhooks": ("get", "", LEAD),
    "review_list": ("get", "", REVIEWERS),
    "review_item": ("get", "item", REVIEWERS),
    "review_resolve": ("post", "item", REVIEWERS),
    "review_alike": ("get", "item", REVIEWERS),
    "review_return": ("post", "item", REVIEWERS),
    "review_take_back": ("post", "", REVIEWERS),
    "review_decisions": ("get", "", REVIEWERS),
    "qualification": ("get", "", EVERYONE),
    "my_work": ("get", "", EVERYONE),
    "my_answers_csv": ("get", "", EVERYONE),
    "people": ("get", "", LEAD),
    "invitation_new": ("post", "", LEAD),
    "invitation_revoke": ("post", "invitation", LEAD),
    "member": ("get", "member", LEAD),
    "member_csv": ("get", "member", LEAD),
    "member_terms": ("post", "member", LEAD),
    "member_qualification": ("post", "member", LEAD),
    "person_new": ("post", "", ()),
    "member_role": ("post", "member", LEAD),
    "member_remove": ("post", "member", LEAD),
    "member_link": ("post", "member", ()),
    "fusing": ("get", "", REVIEWERS),
    "fit_now": ("post", "", LEAD),
    "fitting_cancel": ("post", "fitting", LEAD),
    "settings": ("get", "", LEAD),
    "schema": ("get", "", LEAD),
    "schema_preview": ("post", "", LEAD),
    "schema_change": ("post", "", LEAD),
    "schema_undo": ("post", "schema_change", LEAD),
    "schema_retry": ("post", "schema_change", LEAD),
}
RETITLED = {"kind": "change_question", "question": "intent", "title": "What do they want?"}
MODELS = (
    Fitting,
    SchemaChange,
    Project,
    Membership,
    User,
    Item,
    Assignment,
    Annotation,
    Resolution,
    Event,
    Invitation,
    Qualification,
    Annotator,
    Comment,
    Flag,
    Notification,
)


def fill(world: World) -> dict[str, int | str]:
    answered, item = world.add("something", "something more")
    world.answer(world.second, "refund")
    lease = world.claim(world.second)
    said, raised = comment(item, author=world.second, text="Hm."), flag(item, user=world.second, reason="Broken.")
    member = Membership.objects.get(project=world.project, user=world.second)
    invitation, _ = invite(world.project, Offer(), by=world.lead)
    return {
        "figure": "funnel",
        "item": item.pk,
        "lease": lease.pk,
        "answer": Annotation.objects.get(item=answered).pk,
        "comment": said.pk,
        "flag": raised.pk,
        "member": member.pk,
        "invitation": invitation.pk,
        "fitting": request_fitting(world.project, user=world.lead).pk,
        "schema_change": change_questions(world.project, RETITLED, user=world.lead).pk,
    }


def rows() -> list[list[dict[str, Any]]]:
    """Everything but when somebody signed in, which the test itself does."""
    every = [list(model._default_manager.order_by("pk").values()) for model in MODELS]
    return [[{key: row[key] for key in row if key != "last_login"} for row in table] for table in every]


def ask(user: User | None, name: str, slug: str, pks: dict[str, int | str]) -> int:
    method, kind, _ = ROUTES[name]
    client = Client() if user is None else signed_in(user)
    address = reverse(name, args=[slug, *([pks[kind]] if kind else [])])
    return getattr(client, method)(address, {"role": "manager", "answer-intent": "refund", "version": "0"}).status_code


def test_every_page_has_a_row_in_the_matrix() -> None:
    assert {route.name for route in (*urls.work, *urls.steering)} == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_who_may_not_gets_404_or_403_and_changes_nothing(cast: Cast, name: str) -> None:
    here, there = fill(cast), fill(cast.foreign)
    before = rows()
    slug, foreign = cast.project.slug, cast.foreign.project.slug
    allowed = ROUTES[name][2]
    assert ask(None, name, slug, here) == 302
    assert ask(cast.stranger, name, slug, here) == 404
    assert ask(cast.lead, name, foreign, there) == 404
    for role in EVERYONE:
        if role not in allowed:
            assert ask(getattr(cast, role), name, slug, here) in (403, 404)
        elif (kind := ROUTES[name][1]) and here[kind] != there[kind]:
            # Their own project, somebody else's row.
            assert ask(getattr(cast, role), name, slug, there) == 404
    assert rows() == before


@pytest.mark.parametrize("name", [name for name, (method, _, allowed) in ROUTES.items() if method == "get"])
def test_who_may_gets_the_page(cast: Cast, name: str) -> None:
    here = fill(cast)
    assert {ask(getattr(cast, role), name, cast.project.slug, here) for role in ROUTES[name][2]} == {200}


@pytest.mark.parametrize("name", [name for name, (method, _, _) in ROUTES.items() if method == "post"])
def test_what_changes_something_cannot_be_fetched_or_forged(cast: Cast, name: str) -> None:
    pks, kind = fill(cast), ROUTES[name][1]
    address = reverse(name, args=[cast.project.slug, *([pks[kind]] if kind else [])])
    assert signed_in(cast.lead).get(address).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.lead)
    assert careful.post(address).status_code == 403


@pytest.mark.parametrize("name", ["home", "project_new", "tokens"])
def test_pages_of_the_site_ask_for_a_sign_in(db: None, name: str) -> None:
    response = Client().get(reverse(name))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
