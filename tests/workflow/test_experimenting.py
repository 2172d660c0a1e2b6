"""Experiments as jobs: a step that was done is not done again, whatever kills, cancels or breaks the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotation.models import Event, Experiment, ExperimentStep, JobState, Notification
from annotation.workflow import experimenting
from annotation.workflow.errors import Conflict, JobActive, Refused
from annotation.workflow.experimenting import (
    Order,
    cancel_experiment,
    conduct_experiment,
    conduct_here,
    delete_experiment,
    find_stalled_experiments,
    request_experiment,
    resume_experiment,
)
from annotation.workflow.labelled_texts import dataset_of_project
from tests.cast import OPTIONS, Cast
from tests.experiments import offered
from tests.experiments.offered import NAME, asked, before


@pytest.fixture(autouse=True)
def coin() -> Iterator[None]:
    with offered.offered():
        yield


class Crash(BaseException):
    """As if the process were gone: nobody cleans up."""


def crash() -> None:
    raise Crash


def requested(cast: Cast, **order: object) -> Experiment:
    return request_experiment(cast.project, Order(NAME, **order), user=cast.lead)  # type: ignore[arg-type]


def test_it_goes_step_by_step_to_its_value(cast: Cast) -> None:
    experiment = requested(cast, seeds=2)
    assert (experiment.total, find_stalled_experiments()) == (6, [experiment.pk])
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.done, experiment.error) == (JobState.DONE, 6, "")
    assert len(experiment.value["tosses"]) == 6
    assert "torch" in experiment.made_with["libraries"]
    assert not ExperimentStep.objects.exists() and not Notification.objects.exists()
    happened = Event.objects.filter(verb__startswith="experiment_").order_by("pk")
    assert [(each.verb, each.user, each.data["experiment"]) for each in happened] == [
        ("experiment_started", cast.lead, experiment.pk),
        ("experiment_finished", None, experiment.pk),
    ]
    conduct_experiment(experiment.pk)
    assert len(asked) == 6


def test_a_killed_worker_costs_the_step_it_was_at(cast: Cast) -> None:
    experiment = requested(cast)
    before["0/1"] = crash
    with pytest.raises(Crash):
        conduct_experiment(experiment.pk)
    before.clear()
    Experiment.objects.update(leased_until=None)
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.done) == (JobState.DONE, 3)
    assert asked == ["0/0", "0/1", "0/2"]


def test_who_cancels_is_obeyed_and_may_let_it_go_on(cast: Cast) -> None:
    experiment = requested(cast)
    before["0/1"] = lambda: cancel_experiment(experiment)
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.done, experiment.value) == (JobState.CANCELLED, 1, None)
    with pytest.raises(JobActive):
        cancel_experiment(experiment)
    before.clear()
    resume_experiment(experiment)
    with pytest.raises(JobActive):
        resume_experiment(experiment)
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert experiment.state == JobState.DONE
    assert asked.count("0/0") == 1
    with pytest.raises(Conflict):
        resume_experiment(experiment)


def test_others_get_their_turn_and_nothing_is_done_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experimenting, "TURN", -1.0)
    experiment = requested(cast)
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert (experiment.state, experiment.leased_until, asked) == (JobState.RUNNING, None, ["0/0"])
    assert find_stalled_experiments() == [experiment.pk]
    conduct_experiment(experiment.pk)
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert (experiment.state, asked) == (JobState.DONE, ["0/0", "0/1", "0/2"])


def test_what_breaks_says_so_and_can_go_on(cast: Cast) -> None:
    experiment = requested(cast)

    def broken() -> None:
        raise ZeroDivisionError("a coin on its edge")

    before["0/2"] = broken
    conduct_experiment(experiment.pk)
    experiment.refresh_from_db()
    assert experiment.state == JobState.FAILED
    assert "ZeroDivisionError: a coin on its edge" in experiment.error
    assert experiment.done == 2
    [told] = Notification.objects.filter(user=cast.lead, kind="run_failed")
    assert told.data == {"experiment": experiment.pk, "name": NAME}
    finished = Event.objects.get(project=cast.project, verb="experiment_finished")
    assert "ZeroDivisionError" in finished.data["error"]
    delete_experiment(experiment)
    assert not Experiment.objects.exists()


def test_one_that_goes_on_is_not_deleted(cast: Cast) -> None:
    experiment = requested(cast)
    with pytest.raises(JobActive):
        delete_experiment(experiment)


@pytest.mark.parametrize(
    ("order", "field"),
    [({"setting": "huge"}, "setting"), ({"seeds": 0}, "seeds"), ({"parameters": {"dice": 2}}, "parameters")],
)
def test_an_order_that_makes_no_sense_is_refused(cast: Cast, order: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        requested(cast, **order)
    assert refusal.value.field == field
    with pytest.raises(Refused):
        conduct_here(Order("alchemy"))


def test_a_project_gives_its_settled_and_known_texts_and_holds_the_same_ones_back(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        request_experiment(cast.project, Order("eda", question="intent"))
    assert refusal.value.field == "question"
    with pytest.raises(Refused):
        request_experiment(cast.project, Order("eda", question="nothing"))
    for number in range(60):
        cast.add(f"text {number}", gold={"intent": OPTIONS[number % 2]})
    cast.add("no answer yet")
    data = dataset_of_project(cast.project, "intent")
    assert data.labels == ("delivery", "refund")
    assert (len(data.train), len(data.test)) == (42, 18)
    assert not {each.text for each in data.train} & {each.text for each in data.test}
    assert dataset_of_project(cast.project, "intent").digest == data.digest
