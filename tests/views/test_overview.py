"""The overview: everything to those who steer, live; to annotators their own part."""

from __future__ import annotations

import pytest

from annotation.models import Event, Item, Verb
from annotation.reports.feed import SHOWN, feed
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.running import start_run
from tests.cast import SCRIPTED, Cast
from tests.views.data import HTMX, page, signed_in


def test_a_new_project_says_what_to_do_next_and_stops_once_all_is_done(cast: Cast) -> None:
    response = signed_in(cast.lead).get(page("project_overview", cast))
    assert next(step["title"] for step in response.context["steps"] if not step["done"]) == "Upload your data"
    cast.add("one")
    response = signed_in(cast.lead).get(page("project_overview", cast))
    assert response.context["steps"][0]["done"]


def test_the_same_address_answers_the_moving_part_alone(cast: Cast) -> None:
    cast.add("one")
    client = signed_in(cast.lead)
    part = client.get(page("project_overview", cast), **HTMX)
    assert part.content.decode().lstrip().startswith('<div id="live"')
    assert "HX-Request" in part["Vary"]
    whole = client.get(page("project_overview", cast), **HTMX, HTTP_HX_BOOSTED="true")
    assert whole.content.decode().lstrip().startswith("<!doctype html>")


def test_counts_agreement_jobs_and_events_are_there(cast: Cast) -> None:
    cast.policy(overlap=2)
    robot = {"annotator": "Robot", "answers": {"intent": "refund"}, "kind": "model"}
    cast.add("one", "two", annotations=[robot])
    for intent in ("refund", "delivery"):
        cast.answer(cast.annotator, intent)
        cast.answer(cast.second, intent)
    cast.add("three")
    start_run(add_labeler(cast.project, name="Late", kind="prompted", config=SCRIPTED), user=cast.lead)
    context = signed_in(cast.lead).get(page("project_overview", cast)).context
    assert (context["settled"], context["total"], context["human_answers"], context["model_answers"]) == (2, 3, 4, 2)
    assert sum(stage["count"] for stage in context["stages"]) == 3
    assert context["agreement"]["people"]["value"] == "1.00"
    assert [model["percent"] for model in context["agreement"]["models"]] == [50]
    assert [job["kind"] for job in context["jobs"]] == ["run"]
    assert context["jobs"][0]["cancel_url"]
    assert any("started a run of Late" in event["text"] for event in context["events"])
    watched = signed_in(cast.reviewer).get(page("project_overview", cast)).context["jobs"][0]
    assert (watched["cancel_url"], watched["resume_url"]) == ("", "")


def test_annotators_see_their_own_progress_and_the_guidelines_only(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("one", "two")
    cast.answer(cast.second, "refund")
    cast.answer(cast.annotator, "refund")
    response = signed_in(cast.annotator).get(page("project_overview", cast))
    assert (response.context["progress"].done_by_me, response.context["progress"].left) == (1, 1)
    assert not {"agreement", "events", "stages"} & {key for layer in response.context for key in layer.flatten()}
    assert "second" not in response.content.decode()


def test_the_feed_tells_repetition_as_a_number_and_leaves_out_what_follows_by_itself(cast: Cast) -> None:
    cast.add(*"abcde")
    for _ in range(4):
        cast.answer(cast.annotator, "refund")
    entries = feed(cast.project)
    assert (entries[0].actor, entries[0].kind, entries[0].text) == ("annotator", "person", "answered 4 items")
    assert entries[0].count == 4
    assert not any(entry.verb == Verb.MOVED for entry in entries)


@pytest.mark.parametrize("verb", Verb.values)
def test_every_kind_of_event_has_a_sentence_whatever_its_data(cast: Cast, verb: str) -> None:
    [item] = cast.add("one")
    Event.objects.create(project=cast.project, verb=verb, item=item, user=cast.lead)
    Event.objects.create(project=cast.project, verb=verb)
    assert all(entry.text for entry in feed(cast.project))
    assert signed_in(cast.lead).get(page("project_overview", cast)).status_code == 200


def test_the_feed_is_short_and_survives_items_that_are_gone(cast: Cast) -> None:
    [item] = cast.add("one")
    for number in range(SHOWN * 2):
        Event.objects.create(project=cast.project, verb=Verb.RUN_STARTED, item=item, data={"run": number})
    Item.objects.filter(pk=item.pk).delete()
    assert len(feed(cast.project)) == SHOWN
