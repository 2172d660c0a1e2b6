"""The pages of recipes and their runs: who may see them, and what they let a lead do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotation import urls
from annotation.models import Candidate, Document, Item, JobState, SynthesisRun
from annotation.reports.synthesis import reviewed_of
from annotation.workflow.commissioning import Commission
from annotation.workflow.documenting import add_document
from annotation.workflow.synthesizing import request_synthesis, synthesize
from tests.cast import SCRIPTED, Cast, World
from tests.recipes import NAME, Echo, offered
from tests.views.data import HTMX, page, signed_in

# Route: (method, kind of row its address names). All are for managers alone: they tell what items were made to be.
ROUTES: dict[str, tuple[str, str]] = {
    "synthesis": ("get", ""),
    "synthesis_new": ("get", ""),
    "synthesis_run": ("get", "run"),
    "synthesis_cancel": ("post", "run"),
    "synthesis_resume": ("post", "run"),
    "candidate": ("get", "candidate"),
    "coverage": ("get", ""),
    "strata": ("get", "run"),
    "stratum_accept": ("post", "run"),
    "stratum_open": ("post", "run"),
    "rationales": ("get", "run"),
    "candidate_rewrite": ("post", "candidate"),
    "candidate_steps": ("post", "candidate"),
    "documents": ("get", ""),
    "document": ("get", "document"),
    "document_remove": ("post", "document"),
}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def echo() -> Iterator[Echo]:
    with offered() as recipe:
        yield recipe


def fill(world: World) -> dict[str, int]:
    """A run that is over, with one candidate, and a document."""
    world.add("something")
    script = {"default": {"rationale": "again something"}}
    run = request_synthesis(
        world.project, Commission(NAME, roles={"generator": SCRIPTED | {"script": script}}), user=world.lead
    )
    synthesize(run.pk)
    document = add_document(world.project, name="manual.md", content=b"# Title\n\nText.", user=world.lead)
    return {"run": run.pk, "candidate": run.candidates.order_by("number")[0].pk, "document": document.pk}


def rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in (SynthesisRun, Candidate, Document, Item)]


def ask(client: Client, name: str, slug: str, pks: dict[str, int]) -> int:
    method, kind = ROUTES[name]
    return getattr(client, method)(reverse(name, args=[slug, *([pks[kind]] if kind else [])])).status_code


def test_every_page_has_a_row_in_the_matrix() -> None:
    assert {route.name for route in urls.generation} == set(ROUTES)


def test_who_may_not_gets_404_or_403_and_changes_nothing(cast: Cast) -> None:
    here, there = fill(cast), fill(cast.foreign)
    before, slug = rows(), cast.project.slug
    lead, annotator, reviewer, stranger = map(signed_in, (cast.lead, cast.annotator, cast.reviewer, cast.stranger))
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.lead)
    for name, (method, kind) in ROUTES.items():
        assert ask(stranger, name, slug, here) == 404, name
        assert ask(lead, name, cast.foreign.project.slug, there) == 404, name
        assert {ask(annotator, name, slug, here), ask(reviewer, name, slug, here)} == {403}, name
        assert ask(Client(), name, slug, here) == 302, name
        if kind:
            assert ask(lead, name, slug, there) == 404, name
        if method == "post":
            address = reverse(name, args=[slug, here[kind]])
            assert (lead.get(address).status_code, careful.post(address).status_code) == (405, 403), name
    assert rows() == before


def test_a_lead_goes_from_the_gallery_to_items_and_where_they_come_from(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.DEBUG", True)
    lead = signed_in(cast.lead)
    cast.add("Where is it?", HOSTILE, gold={"intent": "refund"})
    gallery = lead.get(page("synthesis", cast), {"label": "refund"}).content.decode()
    assert "Says every seed again." in gallery and "?recipe=echo&amp;label=refund" in gallery
    address = page("synthesis_new", cast) + "?recipe=echo"
    form = lead.get(address).content.decode()
    assert "Brief enough" in form and 'name="seeds-source"' in form
    wanted = {
        "seed_limit": "5", "seed": "1", "parameter-times": "1", "parameter-question": "intent",
        "parameter-tone": "plain", "role-generator": "scripted", "seeds-source": "imported", "licence": "CC0",
    }  # fmt: skip
    planned = lead.post(address, {**wanted, "action": "plan"}, **HTMX)
    assert planned.status_code == 200 and "<form" not in planned.content.decode()
    assert "Say this again in a plain tone." in planned.content.decode()
    assert not SynthesisRun.objects.exists()
    wrong = lead.post(
        address, {**wanted, "parameter-times": "0", "seeds-metadata": "nothing", "action": "plan"}, **HTMX
    )
    assert wrong.status_code == 422 and "Times: " in wrong.content.decode() and "Metadata: " in wrong.content.decode()
    started = lead.post(address, {**wanted, "action": "start"})
    run = SynthesisRun.objects.get()
    assert started["Location"] == page("synthesis_run", cast, run.pk)
    SynthesisRun.objects.update(
        roles={"generator": SCRIPTED | {"script": {"default": {"rationale": f"again {HOSTILE}"}}}}
    )
    synthesize(run.pk)
    shown = lead.get(page("synthesis_run", cast, run.pk)).content.decode()
    assert "1 new item." in shown and HOSTILE not in shown
    polled = lead.get(page("synthesis_run", cast, run.pk), **HTMX).content.decode()
    assert 'id="candidates" hx-swap-oob="true"' in polled and "<html" not in polled
    [made] = Item.objects.filter(source="recipe")
    candidate = lead.get(page("candidate", cast, made.candidate.pk)).content.decode()
    assert "Say this again in a plain tone." in candidate and "made to be" in candidate and HOSTILE not in candidate
    told = lead.get(page("item", cast, made.pk)).content.decode()
    assert all(word in told for word in ("How it was made", "CC0", "Brief enough", "Made to be"))


def test_nobody_who_answers_or_reviews_is_told_what_it_was_made_to_be(cast: Cast) -> None:
    cast.policy(overlap=2)
    [seed] = cast.add("Where is it?", gold={"intent": "refund"})
    script = {"default": {"rationale": "again: Where is it?"}}
    run = request_synthesis(cast.project, Commission(NAME, roles={"generator": SCRIPTED | {"script": script}}))
    synthesize(run.pk)
    made = Item.objects.get(source="recipe")
    assert made.candidate.answers == {"intent": "refund"}
    Item.objects.filter(pk=seed.pk).delete()
    desk = signed_in(cast.annotator).get(page("annotate", cast)).content.decode()
    assert "again: Where is it?" in desk and "suggestion" not in desk.replace("data-suggestion", "")
    assert not any(word in desk for word in ("echo plain", "How it was made", "checked"))
    claim = cast.api(cast.second).post(cast.url("claims"), {}, format="json").json()
    assert (claim["item"]["id"], claim["suggestions"]) == (made.pk, [])
    reviewer = signed_in(cast.reviewer).get(page("item", cast, made.pk)).content.decode()
    assert "How it was made" in reviewer
    assert not any(word in reviewer for word in ("Made to be", "Say this again", "echo plain", "Checks"))


def test_documents_come_in_whole_or_say_why_not(cast: Cast) -> None:
    lead = signed_in(cast.lead)

    def send(content: bytes, name: str = "manual.md") -> Any:
        return lead.post(page("documents", cast), {"file": SimpleUploadedFile(name, content)}, follow=True)

    assert "manual.md" in send("# Größe\r\n\r\nText".encode("utf-8-sig")).content.decode()
    kept = Document.objects.get()
    assert kept.text == "# Größe\n\nText"
    for content, told in (
        (b"%PDF-1.7\xff\xfe", "no text in UTF-8"),
        (b"\n<!DOCTYPE html><title>Rules</title>", "a web page"),
        (b"a\0b", "NUL"),
        (b" \n", "empty"),
        ("# Größe\n\nText".encode(), "here already"),
    ):
        refused = send(content)
        assert refused.status_code == 422 and told in refused.content.decode()
    assert "# Größe" in lead.get(page("document", cast, kept.pk)).content.decode()
    cast.add("something")
    run = request_synthesis(cast.project, Commission(NAME, documents=(kept.pk,), roles={"generator": SCRIPTED}))
    reading = lead.post(page("document_remove", cast, kept.pk), follow=True).content.decode()
    assert "A run is reading this document" in reading
    synthesize(run.pk)
    run.refresh_from_db()
    assert run.state == JobState.DONE and Item.objects.filter(metadata__document="manual.md").count() == 1
    lead.post(page("document_remove", cast, kept.pk))
    assert not Document.objects.exists()


def test_the_funnel_calls_checks_by_their_titles_and_knows_of_no_intent_where_there_was_none(
    cast: Cast, echo: Echo
) -> None:
    echo.own_checks = (("checker", "Looked at again"),)
    cast.policy(min_human=1, overlap=1)
    cast.add("one", "two")
    rules = [
        {"contains": "again one", "rationale": "no"},
        {"contains": "one", "rationale": "again one"},
        {"contains": "two", "rationale": "again two"},
    ]
    commission = Commission(NAME, roles={"generator": SCRIPTED | {"script": {"rules": rules}}})
    run = request_synthesis(cast.project, commission, user=cast.lead)
    synthesize(run.pk)
    for _item in range(3):
        cast.answer(cast.annotator, "refund")
    [kept] = Candidate.objects.filter(fate="kept")
    assert reviewed_of(run) == (1, 0, 0) and kept.answers == {}
    lead = signed_in(cast.lead)
    shown = lead.get(page("synthesis_run", cast, run.pk)).content.decode()
    assert "Looked at again" in shown and "Decided by people" in shown and "As intended" not in shown
    assert "Looked at again" in lead.get(page("candidate", cast, kept.pk)).content.decode()
