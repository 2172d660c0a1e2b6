"""The pages of experiments: who may see them, and what they show of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation import urls
from annotation.models import Experiment, JobState
from annotation.workflow.experimenting import Order, conduct_experiment, request_experiment
from tests.cast import Cast, World
from tests.experiments import offered
from tests.experiments.offered import HOSTILE, NAME
from tests.views.data import HTMX, page, signed_in

# Route: (method, what its address names). For managers alone: they cost hours of a worker.
ROUTES: dict[str, tuple[str, str]] = {
    "experiments": ("get", ""),
    "experiment_new": ("get", "name"),
    "experiment": ("get", "row"),
    "experiment_cancel": ("post", "row"),
    "experiment_resume": ("post", "row"),
    "experiment_delete": ("post", "row"),
    "experiment_file": ("get", "row"),
}


@pytest.fixture(autouse=True)
def coin() -> Iterator[None]:
    with offered.offered():
        yield


def fill(world: World) -> dict[str, Any]:
    return {"name": NAME, "row": request_experiment(world.project, Order(NAME), user=world.lead).pk}


def ask(client: Client, name: str, slug: str, places: dict[str, Any]) -> int:
    method, kind = ROUTES[name]
    return getattr(client, method)(reverse(name, args=[slug, *([places[kind]] if kind else [])])).status_code


def test_every_page_of_experiments_has_a_row_in_the_matrix() -> None:
    assert {route.name for route in urls.research} == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_who_may_not_gets_404_or_403_and_changes_nothing(cast: Cast, name: str) -> None:
    here, there = fill(cast), fill(cast.foreign)
    before = list(Experiment.objects.order_by("pk").values())
    slug, foreign = cast.project.slug, cast.foreign.project.slug
    assert ask(signed_in(cast.stranger), name, slug, here) == 404
    assert ask(signed_in(cast.lead), name, foreign, there) == 404
    for user in (cast.annotator, cast.reviewer):
        assert ask(signed_in(user), name, slug, here) == 403
    if ROUTES[name][1] == "row":
        assert ask(signed_in(cast.lead), name, slug, there) == 404
    assert ask(Client(), name, slug, here) == 302
    assert list(Experiment.objects.order_by("pk").values()) == before


def test_a_lead_starts_one_watches_it_reads_it_and_takes_it_away(cast: Cast) -> None:
    client = signed_in(cast.lead)
    assert b"None yet." in client.get(page("experiments", cast)).content
    refused = client.post(page("experiment_new", cast, NAME), {"setting": "huge", "seeds": "99"})
    assert refused.status_code == 422
    assert client.get(page("experiment_new", cast, "alchemy")).status_code == 404
    started = client.post(page("experiment_new", cast, NAME), {"setting": "small", "seeds": "2"})
    experiment = Experiment.objects.get()
    assert started.headers["Location"] == page("experiment", cast, experiment.pk)
    live = client.get(page("experiment", cast, experiment.pk), **HTMX).content.decode()
    assert "data-poll" in live
    assert "<html" not in live
    assert client.get(page("experiment_file", cast, experiment.pk)).status_code == 404

    conduct_experiment(experiment.pk)
    shown = client.get(page("experiment", cast, experiment.pk)).content.decode()
    assert "Nothing came out of" in shown
    assert HOSTILE not in shown
    assert "50.0 % (25.0 %…75.0 %)" in shown
    assert "data-poll" not in shown
    for chart in range(3):
        assert b"<svg" in client.get(page("experiment", cast, experiment.pk), {"chart": chart}).content
    assert client.get(page("experiment", cast, experiment.pk), {"chart": 3}).status_code == 404
    report = client.get(page("experiment_file", cast, experiment.pk))
    assert report.headers["Content-Disposition"].endswith(f'{NAME}-{experiment.pk}.md"')
    assert "## Tosses" in report.content.decode()
    everything = json.loads(client.get(page("experiment_file", cast, experiment.pk), {"as": "json"}).content)
    assert everything["seeds"] == [0, 1]
    assert everything["value"]["label"] == HOSTILE
    picture = client.get(page("experiment_file", cast, experiment.pk), {"as": "png", "chart": "1"})
    assert picture.content.startswith(b"\x89PNG")
    assert b"Coin" in client.get(page("experiments", cast)).content


def test_one_that_is_over_is_deleted_and_one_that_goes_on_is_not(cast: Cast) -> None:
    client, pk = signed_in(cast.lead), fill(cast)["row"]
    assert client.post(page("experiment_delete", cast, pk)).headers["Location"] == page("experiment", cast, pk)
    client.post(page("experiment_cancel", cast, pk))
    assert Experiment.objects.get().state == JobState.CANCELLED
    client.post(page("experiment_resume", cast, pk))
    assert Experiment.objects.get().state == JobState.PENDING
    client.post(page("experiment_cancel", cast, pk))
    assert client.post(page("experiment_delete", cast, pk)).headers["Location"] == page("experiments", cast)
    assert not Experiment.objects.exists()
