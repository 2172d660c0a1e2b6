"""The annotation page: one card, the next one in the same response, and no answer lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import Annotation, Assignment, AssignmentState, Event, Item, Project, Stage, User
from annotation.workflow.annotating import submit
from annotation.workflow.projects import change_guidelines
from annotation.workflow.queueing import claim
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.views.data import page, signed_in

DESK = {"HTTP_X_DESK": "1"}
# Statements of one answer with the next card, transaction marks not counted. Disputes ask four more.
MOST_QUERIES = {"settled": 23, "disputed": 27}


def vote(intent: str, confidence: float = 0.9, *, by: str = "Robot", why: str = "") -> dict[str, Any]:
    """A model's annotation as `add_items` takes it."""
    others = [each for each in ("refund", "delivery", "other") if each != intent]
    distribution = {intent: confidence} | dict.fromkeys(others, (1 - confidence) / 2)
    return {"annotator": by, "answers": {"intent": intent}, "distribution": {"intent": distribution}, "rationale": why}


def card(cast: Cast, user: User) -> Any:
    return signed_in(user).get(page("annotate", cast))


def post_answer(cast: Cast, user: User, shown: Any, intent: str | None, **more: Any) -> Any:
    """Send the card's own form, as the page's script does unless `plain`."""
    headers = {} if more.pop("plain", False) else DESK
    data = {"idempotency_key": shown.context["idempotency_key"], "seconds": "3.5", **more}
    if "on_screen" in data:
        data["shown"] = data.pop("on_screen")
    if intent is not None:
        data["answer-intent"] = intent
    return signed_in(user).post(shown.context["submit_url"], data, **headers)


def test_a_reload_shows_the_same_item_and_takes_no_second_lease(cast: Cast) -> None:
    cast.add("one", "two")
    first, again = card(cast, cast.annotator), card(cast, cast.annotator)
    assert first.context["assignment"] == again.context["assignment"]
    assert Assignment.objects.count() == 1


def test_the_answer_is_recorded_and_the_next_card_comes_with_it(cast: Cast) -> None:
    first, second = cast.add("one", "two")
    shown = card(cast, cast.annotator)
    response = post_answer(cast, cast.annotator, shown, "refund")
    recorded = Annotation.objects.get()
    assert (recorded.item, recorded.answers, recorded.seconds) == (first, {"intent": "refund"}, 3.5)
    assert response.status_code == 200
    assert response.json()["card"].lstrip().startswith('<div id="card"')
    assert response.context["item"]["id"] == second.pk
    assert response.context["saved"]
    assert "Previous" in response.json()["card"]


def test_the_card_after_the_one_on_the_screen_is_held_and_sent_along(cast: Cast) -> None:
    first, second, third = cast.add("one", "two", "three")
    shown = card(cast, cast.annotator)
    client = signed_in(cast.annotator)
    ahead = client.post(page("annotate_ahead", cast), {"shown": shown.context["assignment"].pk}, **DESK).json()
    assert "two" in ahead["ahead"] and "card" not in ahead and not ahead["lost"]
    on_screen = Assignment.objects.get(item=second)
    reply = post_answer(cast, cast.annotator, shown, "refund", on_screen=on_screen.pk).json()
    assert "three" in reply["ahead"] and "card" not in reply
    assert set(Assignment.objects.open().values_list("item", flat=True)) == {second.pk, third.pk}
    # What is worked on is held for as long as any work; what lies ahead is not.
    assert Assignment.objects.get(item=second).expires_at > Assignment.objects.get(item=third).expires_at
    assert Item.objects.get(pk=first.pk).stage == Stage.SETTLED


def test_a_card_on_the_screen_that_somebody_else_has_by_now_is_told_of(cast: Cast) -> None:
    cast.add("one", "two")
    shown = card(cast, cast.annotator)
    other = cast.claim(cast.second)
    reply = post_answer(cast, cast.annotator, shown, "refund", on_screen=other.pk).json()
    assert reply["lost"]
    assert Assignment.objects.get(pk=other.pk).annotator.user == cast.second


def test_a_draft_is_kept_for_other_devices_and_not_told_to_anybody(cast: Cast) -> None:
    cast.add("one")
    shown = card(cast, cast.annotator)
    address = page("annotate_draft", cast, shown.context["assignment"].pk)
    events = Event.objects.count()
    drafted = signed_in(cast.annotator).post(address, {"answer-intent": "delivery"}, **DESK).json()["drafted"]
    elsewhere = card(cast, cast.annotator).content.decode()
    assert f'data-drafted="{drafted}"' in elsewhere
    assert re.search(r'value="delivery"[^>]*checked', elsewhere)
    assert Event.objects.count() == events
    too_much = signed_in(cast.annotator).post(address, {"answer-intent": "x" * 300_000}, **DESK)
    assert too_much.status_code == 422
    post_answer(cast, cast.annotator, shown, "refund")
    assert signed_in(cast.annotator).post(address, {"answer-intent": "delivery"}, **DESK).status_code == 409


def test_a_skip_that_is_sent_twice_is_done_once_and_not_complained_of(cast: Cast) -> None:
    cast.add("one", "two")
    shown = card(cast, cast.annotator)
    client = signed_in(cast.annotator)
    assert {client.post(shown.context["skip_url"], **DESK).status_code for _ in range(2)} == {200}
    assert Assignment.objects.filter(state=AssignmentState.SKIPPED).count() == 1


def test_a_change_of_the_guidelines_is_shown_until_it_is_taken_note_of(cast: Cast) -> None:
    cast.add("one")
    change_guidelines(cast.project, "Money.\n\nParcels.", user=cast.lead)
    client = signed_in(cast.annotator)
    assert "have changed" not in card(cast, cast.annotator).content.decode()
    change_guidelines(cast.project, "Money.\n\nParcels and letters.", user=cast.lead)
    shown = card(cast, cast.annotator)
    changed = [(passage.kind, passage.text) for passage in shown.context["guidelines_change"]]
    assert changed == [("kept", "Money."), ("removed", "Parcels."), ("added", "Parcels and letters.")]
    assert client.post(page("guidelines_seen", cast), {"version": 3}).status_code == 302
    assert "have changed" not in card(cast, cast.annotator).content.decode()
    versions = client.get(page("guidelines", cast)).context["versions"]
    assert [version.number for version in versions] == [3, 2, 1]


def test_without_script_the_answer_is_a_plain_form_that_leads_back_to_the_page(cast: Cast) -> None:
    cast.add("one", "two")
    response = post_answer(cast, cast.annotator, card(cast, cast.annotator), "refund", plain=True)
    assert (response.status_code, response["Location"]) == (302, page("annotate", cast))
    assert Annotation.objects.count() == 1


def test_the_same_answer_sent_twice_counts_once_and_both_get_the_next_card(cast: Cast) -> None:
    _, second = cast.add("one", "two")
    shown = card(cast, cast.annotator)
    responses = [post_answer(cast, cast.annotator, shown, "refund") for _ in range(2)]
    assert [response.context["item"]["id"] for response in responses] == [second.pk, second.pk]
    assert Annotation.objects.count() == 1


def test_another_answer_under_the_same_key_is_refused_aloud_and_does_not_replace_the_first(cast: Cast) -> None:
    cast.add("one", "two")
    shown = card(cast, cast.annotator)
    post_answer(cast, cast.annotator, shown, "refund")
    response = post_answer(cast, cast.annotator, shown, "delivery")
    assert response.status_code == 409
    assert "recorded" in response.context["reason"]
    assert Annotation.objects.get().answers == {"intent": "refund"}


@pytest.mark.parametrize("intent", [None, "", "no such option", "refund\0"])
def test_a_bad_answer_brings_the_card_back_with_the_reason(cast: Cast, intent: str | None) -> None:
    cast.add("one")
    shown = card(cast, cast.annotator)
    for plain in (False, True):
        response = post_answer(cast, cast.annotator, shown, intent, plain=plain)
        assert response.status_code == 422
        assert response.context["assignment"] == shown.context["assignment"]
        assert response.context["questions"][0]["error"]
    assert not Annotation.objects.exists()


def test_a_nonsensical_duration_costs_the_duration_and_not_the_answer(cast: Cast) -> None:
    cast.add(*"abc")
    for seconds in ("nan", "-1", "1e300"):
        assert (
            post_answer(cast, cast.annotator, card(cast, cast.annotator), "refund", seconds=seconds).status_code == 200
        )
    assert list(Annotation.objects.values_list("seconds", flat=True)) == [None] * 3


@pytest.mark.parametrize("plain", [False, True])
def test_an_answer_after_the_lease_went_on_is_409_and_kept_as_a_draft(cast: Cast, plain: bool) -> None:
    cast.add("one")
    shown = card(cast, cast.annotator)
    lease = shown.context["assignment"]
    Assignment.objects.filter(pk=lease.pk).update(state=AssignmentState.EXPIRED)
    Item.objects.update(taken=0)
    cast.answer(cast.second, "delivery")
    response = post_answer(cast, cast.annotator, shown, "refund", plain=plain)
    assert response.status_code == 409
    assert [(each["title"], each["value"]) for each in response.context["answers"]] == [("Intent", "refund")]
    assert Assignment.objects.get(pk=lease.pk).draft == {"intent": "refund"}
    assert Annotation.objects.get().annotator.user == cast.second


def test_undo_brings_the_last_answer_back_with_its_choice_selected(cast: Cast) -> None:
    first, second = cast.add("one", "two")
    post_answer(cast, cast.annotator, card(cast, cast.annotator), "delivery")
    response = signed_in(cast.annotator).post(page("annotate_undo", cast), **DESK)
    assert response.context["item"]["id"] == first.pk
    assert re.search(r'value="delivery"[^>]*checked', response.json()["card"])
    after = post_answer(cast, cast.annotator, response, "refund")
    assert after.context["item"]["id"] == second.pk
    assert Annotation.objects.current().get().answers == {"intent": "refund"}


def test_undo_says_so_when_a_reviewer_has_decided_or_nothing_was_answered(cast: Cast) -> None:
    [item] = cast.add("one")
    client = signed_in(cast.annotator)
    assert client.post(page("annotate_undo", cast), **DESK).context["notice"]
    post_answer(cast, cast.annotator, card(cast, cast.annotator), "delivery")
    item.refresh_from_db()
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    response = client.post(page("annotate_undo", cast), **DESK)
    assert response.status_code == 200
    assert not response.context["can_undo"]
    assert Annotation.objects.current().count() == 1


@pytest.mark.parametrize(
    ("posted", "recorded"),
    [
        ({"reason": "unreadable"}, "The text is broken or unreadable"),
        ({"reason": "unsure", "other": "half of it is missing"}, "half of it is missing"),
        ({"reason": "other"}, "Another reason"),
        ({"reason": "made up"}, ""),
        ({}, ""),
    ],
)
def test_a_skip_keeps_its_reason_and_goes_on(cast: Cast, posted: dict[str, str], recorded: str) -> None:
    _, second = cast.add("one", "two")
    shown = card(cast, cast.annotator)
    response = signed_in(cast.annotator).post(shown.context["skip_url"], posted, **DESK)
    assert response.context["item"]["id"] == second.pk
    assert Assignment.objects.get(state=AssignmentState.SKIPPED).reason == recorded


def test_the_heartbeat_renews_the_lease_and_tells_when_it_is_gone(cast: Cast) -> None:
    cast.add("one")
    shown = card(cast, cast.annotator)
    before = shown.context["assignment"].expires_at
    client = signed_in(cast.annotator)
    address = page("annotate_renew", cast, shown.context["assignment"].pk)
    assert client.post(address).status_code == 200
    assert Assignment.objects.get().expires_at > before
    Assignment.objects.update(state=AssignmentState.EXPIRED)
    assert client.post(address).status_code == 409


def test_another_persons_lease_is_not_found_and_stays_as_it_is(cast: Cast) -> None:
    cast.add("one")
    shown = card(cast, cast.annotator)
    for url in ("submit", "skip", "renew", "draft", "release"):
        address = page(f"annotate_{url}", cast, shown.context["assignment"].pk)
        assert signed_in(cast.second).post(address, {"answer-intent": "refund"}).status_code == 404
    assert Assignment.objects.get().state == AssignmentState.OPEN


def test_the_suggestion_says_who_how_sure_and_why_and_that_it_was_seen_is_recorded(cast: Cast) -> None:
    cast.add("one", annotations=[vote("delivery", 0.9, why="It mentions a parcel.")])
    shown = card(cast, cast.annotator)
    suggestion = shown.context["suggestion"]
    assert (suggestion["answers"][0]["value"], round(suggestion["confidence"])) == ("delivery", 90)
    assert "It mentions a parcel." in shown.content.decode()
    assert [round(option["percent"]) for option in shown.context["questions"][0]["options"]] == [5, 90, 5]
    post_answer(cast, cast.annotator, shown, "delivery")
    assert Annotation.objects.human().get().suggestion_seen


@pytest.mark.parametrize("blind", ["project", "audit"])
def test_where_people_answer_blind_no_byte_of_others_is_in_the_page(cast: Cast, blind: str) -> None:
    cast.policy(overlap=3, blind_first=blind == "project")
    cast.add("one", annotations=[vote("delivery", 0.777, by="Robot", why="Secret reason.")])
    Item.objects.update(audit=blind == "audit")
    cast.answer(cast.second, "other")
    shown = card(cast, cast.annotator)
    html = shown.content.decode()
    assert shown.context["assignment"] is not None
    assert not any(word in html for word in ("Robot", "Secret", "second", "option-share", "checked"))
    overview = signed_in(cast.annotator).get(page("project_overview", cast)).content.decode()
    assert not any(word in overview for word in ("Robot", "Secret", "second", "lead"))
    post_answer(cast, cast.annotator, shown, "refund")
    assert not Annotation.objects.get(annotator__user=cast.annotator).suggestion_seen


def test_after_a_blind_answer_the_next_card_tells_what_the_model_said(cast: Cast) -> None:
    cast.policy(blind_first=True)
    for text, said in (("one", "delivery"), ("two", "refund"), ("three", "other")):
        cast.add(text, annotations=[vote(said)])
    shown = card(cast, cast.annotator)
    said = Annotation.objects.by_models().get(item=shown.context["item"]["id"]).answers["intent"]
    shown = post_answer(cast, cast.annotator, shown, said)
    assert "agree" in shown.context["notice"]["title"]
    said = Annotation.objects.by_models().get(item=shown.context["item"]["id"]).answers["intent"]
    shown = post_answer(cast, cast.annotator, shown, "other" if said == "refund" else "refund")
    assert f"“{said}”" in shown.context["notice"]["title"]


def test_an_answer_given_again_after_the_comparison_counts_as_having_seen_it(cast: Cast) -> None:
    cast.policy(blind_first=True)
    cast.add("one", annotations=[vote("delivery")])
    post_answer(cast, cast.annotator, card(cast, cast.annotator), "refund")
    again = signed_in(cast.annotator).post(page("annotate_undo", cast), **DESK)
    post_answer(cast, cast.annotator, again, "delivery")
    first, second = Annotation.objects.human().order_by("pk")
    assert (first.suggestion_seen, second.suggestion_seen) == (False, True)


def test_an_audited_item_is_never_revealed_even_after_the_answer(cast: Cast) -> None:
    cast.policy(blind_first=True)
    cast.add("one", "two", annotations=[vote("delivery")])
    Item.objects.update(audit=True)
    response = post_answer(cast, cast.annotator, card(cast, cast.annotator), "refund")
    assert response.context["notice"] is None
    assert "Robot" not in response.content.decode()


def test_progress_counts_what_is_done_and_what_is_left_for_this_person(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("one", "two", "three")
    cast.answer(cast.second, "refund")
    shown = card(cast, cast.annotator)
    assert (shown.context["progress"].done_by_me, shown.context["progress"].left) == (0, 3)
    shown = post_answer(cast, cast.annotator, shown, "refund")
    assert (shown.context["progress"].done_by_me, shown.context["progress"].left) == (1, 2)


def test_an_empty_queue_says_what_to_do_next(cast: Cast) -> None:
    assert "Upload a file" in card(cast, cast.lead).content.decode()
    assert "has not uploaded" in card(cast, cast.annotator).content.decode()
    cast.add("one")
    claim(cast.as_annotator(cast.second))
    assert card(cast, cast.annotator).context["waiting"] == 1
    shown = card(cast, cast.second)
    response = post_answer(cast, cast.second, shown, "refund")
    assert "All done for now" in response.content.decode()
    assert "Previous" in response.json()["card"]


def test_hostile_text_is_shown_literally(cast: Cast) -> None:
    hostile = "<script>alert(1)</script> {{ 7*7 }} <b hx-get='/'>"
    cast.add(hostile, annotations=[vote("delivery", why="<img src=x onerror=alert(2)>")])
    html = card(cast, cast.annotator).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} &lt;b hx-get=&#x27;/&#x27;&gt;" in html
    assert "&lt;img src=x onerror=alert(2)&gt;" in html
    assert not re.search(r"<script>|<img|<b hx", html)


def test_reviewers_and_managers_annotate_too(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("one")
    for user in (cast.lead, cast.reviewer):
        assert post_answer(cast, user, card(cast, user), "refund").status_code == 200
    assert Item.objects.get(project=cast.project).stage == Stage.SETTLED


@pytest.mark.parametrize("stage", MOST_QUERIES)
def test_an_answer_costs_few_queries_however_many_were_given_before(cast: Cast, stage: str) -> None:
    cast.policy(overlap=1 if stage == "settled" else 2)
    cast.add(*(f"item {number}" for number in range(40)), annotations=[vote("delivery")])
    annotator = cast.as_annotator(cast.annotator)
    if stage == "disputed":
        while lease := claim(cast.as_annotator(cast.second)):
            submit(assignment=lease, answers={"intent": "other"})
    client = signed_in(cast.annotator)
    counts = []
    for _ in range(10):
        shown = client.get(page("annotate", cast))
        data = {"answer-intent": "delivery", "idempotency_key": shown.context["idempotency_key"]}
        with CaptureQueriesContext(connection) as captured:
            assert client.post(shown.context["submit_url"], data, **DESK).status_code == 200
        marks = re.compile(r"^(SAVEPOINT|RELEASE|BEGIN|COMMIT)")
        counts.append(sum(not marks.match(query["sql"]) for query in captured.captured_queries))
    assert Annotation.objects.filter(annotator=annotator).count() == 10
    assert max(counts) <= MOST_QUERIES[stage], counts


def test_the_page_is_one_for_members_only(cast: Cast) -> None:
    assert Project.objects.count() == 2
    assert signed_in(cast.stranger).get(page("annotate", cast)).status_code == 404
    assert signed_in(cast.annotator).get(reverse("annotate", args=[cast.foreign.project.slug])).status_code == 404
