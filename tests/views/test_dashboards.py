"""Dashboards: live, filtered like the explorer, and every figure to take away."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotation.models import Item
from tests.cast import Cast
from tests.views.data import signed_in


def test_a_dashboard_shows_what_is_counted_and_asks_again_only_for_news(cast: Cast) -> None:
    cast.add("one", "two", "three")
    cast.answer(cast.annotator, "refund")
    client = signed_in(cast.reviewer)
    address = reverse("dashboard", args=[cast.project.slug])
    page = client.get(address).content.decode()
    assert 'id="figure-funnel"' in page and "33.3" in page
    seen = page.partition("seen=")[2].partition('"')[0]
    assert client.get(address, {"seen": seen}, headers={"hx-request": "true"}).status_code == 204
    cast.answer(cast.annotator, "refund")
    fresh = client.get(address, {"seen": seen}, headers={"hx-request": "true"})
    assert fresh.status_code == 200 and "66.7" in fresh.content.decode()


def test_a_figure_can_be_taken_away_under_its_filters(cast: Cast) -> None:
    cast.add("one", "two", metadata={"channel": "mail"})
    cast.add("three", metadata={"channel": "chat"})
    client = signed_in(cast.lead)
    address = reverse("figure_file", args=[cast.project.slug, "funnel"])
    asked = {"metadata": "channel=mail"}
    table = b"".join(client.get(address, asked).streaming_content).decode()  # type: ignore[attr-defined]
    assert table.splitlines()[:2] == ["stage,items,share", "New,2,1.0"]
    picture = client.get(address, {**asked, "as": "svg"})
    assert (
        picture["Content-Type"] == "image/svg+xml" and b"xmlns" in picture.content and b"style=" not in picture.content
    )
    assert client.get(address, {"as": "png"}).content.startswith(b"\x89PNG")
    # The chart for the page keeps the filters in its links, and has nothing that the policy would refuse.
    drawn = client.get(reverse("figure", args=[cast.project.slug, "funnel"]), {**asked, "chart": "0"}).content.decode()
    assert "/items/?metadata=channel%3Dmail&amp;stage=new" in drawn and "style=" not in drawn and "http" not in drawn
    for bad in ({"chart": "7", "as": "svg"}, {"as": "exe"}, {"stage": "nowhere"}):
        assert client.get(address, bad).status_code == 404
    assert client.get(reverse("dashboard", args=[cast.project.slug]), {"stage": "nowhere"}).status_code == 400
    assert client.get(reverse("dashboard", args=[cast.project.slug, "nothing"])).status_code == 404


@pytest.mark.parametrize("board", ["people", "models", "quality"])
def test_a_board_is_for_reviewers_and_leads_of_its_project(cast: Cast, board: str) -> None:
    here = reverse("dashboard", args=[cast.project.slug, board])
    there = reverse("dashboard", args=[cast.foreign.project.slug, board])
    assert signed_in(cast.lead).get(here).status_code == signed_in(cast.reviewer).get(here).status_code == 200
    assert signed_in(cast.annotator).get(here).status_code == 403
    assert signed_in(cast.stranger).get(here).status_code == 404
    assert signed_in(cast.lead).get(there).status_code == 404


def contradicted(cast: Cast) -> None:
    """Two of forty labels are other than what a model says, with certainty."""
    for person, model, count in (("refund", "refund", 19), ("delivery", "delivery", 19), ("refund", "delivery", 2)):
        shares = {"refund": 0.05, "delivery": 0.05, "other": 0.05, model: 0.9}
        votes = [
            {"annotator": "ada", "answers": {"intent": person}},
            {"annotator": "Robot", "answers": {"intent": model}, "distribution": {"intent": shares}},
        ]
        cast.add(*(f"{person} {model} {number}" for number in range(count)), annotations=votes)


def test_who_doubts_labels_can_ask_people_again(cast: Cast) -> None:
    contradicted(cast)
    client = signed_in(cast.reviewer)
    page = client.get(reverse("dashboard", args=[cast.project.slug, "quality"]))
    card = next(card for card in page.context["cards"] if card["name"] == "wrong_labels")
    chosen = [row["item"] for row in card["rows"]]
    assert len(chosen) == 2
    assert f'name="items" value="{chosen[0]}"' in page.content.decode()
    assert card["requeue_url"] == reverse("change_new", args=[cast.project.slug])
    asked = {"action": "requeue", "items": chosen}
    assert client.post(card["requeue_url"], asked).status_code == 200
    assert Item.objects.filter(pk__in=chosen, stage="settled").count() == 2, "it asks first"
    client.post(card["requeue_url"], {**asked, "confirmed": "yes"})
    assert not Item.objects.filter(pk__in=chosen, stage="settled").exists()
