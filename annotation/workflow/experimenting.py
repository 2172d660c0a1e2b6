"""Experiments as jobs: asked for on a page or at the command line, done step by step, kept as they were."""

from __future__ import annotations

import json
import logging
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.experiments.base import SETTINGS, Dataset, Unsuitable, Value, Work
from annotation.experiments.base import Experiment as Description
from annotation.experiments.registry import EXPERIMENTS, conduct
from annotation.labelers import InvalidConfig
from annotation.labelers.config import model_of
from annotation.llms import LanguageModel, ModelError
from annotation.llms.accounting import accounting, current_account
from annotation.models import Experiment, ExperimentStep, JobState, NotificationKind, Project, User, Verb
from annotation.synthesis.base import InvalidParameters

from .announcing import announce
from .charging import charge, spent
from .connecting import check_llm, reachable
from .errors import Conflict, JobActive, Refused
from .heartbeat import heartbeat
from .jobs import ATTEMPTS, LEASE, Overtaken, TurnOver, cancel_job, close_job, stalled_jobs, work_off
from .labelled_texts import choice_of, dataset_of_project
from .publishing import publish
from .recording import record
from .running import check_budget

logger = logging.getLogger(__name__)

MOST_SEEDS = 20
LOCAL = "local"
# After so many seconds other work gets its turn; what a step needs beside the rows is made anew then.
TURN = 120.0
# Whether anybody still wants it is looked up no more often.
ENQUIRY_SECONDS = 2.0
LIBRARIES = ("torch", "transformers", "scikit-learn", "numpy")

Told = Callable[[int, int, str], None]
"""Told after each step: how many of how many are done, and which it was."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `seeds` None: as many as the setting has. `parameters` replace single ones of the setting."""

    name: str
    setting: str = SETTINGS[0]
    seeds: int | None = None
    question: str = ""
    llm: str = LOCAL
    budget: Decimal | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


class Failure(Exception):
    """It came to no end: the model, the data or the experiment itself was at fault. The message says how."""


def every_experiment() -> list[Description]:
    """In the order of the registry."""
    return list(EXPERIMENTS.values())


def description_of(name: str) -> Description:
    """Raises Refused where there is no such experiment."""
    if name not in EXPERIMENTS:
        known = ", ".join(EXPERIMENTS)
        raise Refused(_("There is no experiment “%(name)s”; known: %(known)s.") % {"name": name[:50], "known": known})
    return EXPERIMENTS[name]


@transaction.atomic
def request_experiment(project: Project, order: Order, *, user: User | None = None) -> Experiment:
    """Fix what is to be done, and queue it. Raises Refused, naming the field."""
    described, parameters, seeds = _settled(order)
    check_budget(order.budget)
    config: dict[str, Any] = {}
    if described.asks_model:
        config = {"llm": order.llm}
        check_llm(config)
    question = order.question if described.needs_data else ""
    if described.needs_data:
        choice_of(project, question)
        dataset_of_project(project, question)
    experiment = Experiment.objects.create(
        project=project,
        name=described.name,
        version=described.version,
        setting=order.setting,
        parameters=parameters,
        seeds=seeds,
        question=question,
        config=config,
        budget=order.budget,
        total=described.steps(parameters, seeds),
        created_by=user,
    )
    record(project, Verb.EXPERIMENT_STARTED, user=user, experiment=experiment.pk, name=experiment.name)
    publish("conduct_experiment", experiment.pk)
    return experiment


def cancel_experiment(experiment: Experiment) -> None:
    """Stop within seconds; steps so far are kept. Raises JobActive when it is over."""
    cancel_job(Experiment.objects.all(), experiment.pk, _("This experiment is over already."))


def resume_experiment(experiment: Experiment) -> None:
    """Go on with one that failed or was cancelled. Raises Conflict where it is done, JobActive where it goes on."""
    if experiment.state == JobState.DONE:
        raise Conflict(_("This experiment is over; start another one."))
    resumed = Experiment.objects.filter(pk=experiment.pk, state__in=(JobState.FAILED, JobState.CANCELLED)).update(
        state=JobState.PENDING, error="", finished_at=None, leased_until=None, attempts=0
    )
    if not resumed:
        raise JobActive(_("This experiment is going on already."))
    publish("conduct_experiment", experiment.pk)


def delete_experiment(experiment: Experiment) -> None:
    """For good, its report too. Raises JobActive while it goes on."""
    gone, _rows = Experiment.objects.filter(pk=experiment.pk).exclude(state__in=JobState.active()).delete()
    if not gone:
        raise JobActive(_("This experiment is going on; cancel it first."))


def find_stalled_experiments() -> list[int]:
    """Those that should be going on and that nobody holds."""
    return stalled_jobs(Experiment.objects.all())


def conduct_experiment(experiment_pk: int) -> None:
    """Do what is left of it, or as much as a turn allows; returns at once when somebody else is at it."""
    work_off(
        Experiment.objects.select_related("project"),
        experiment_pk,
        work=_conduct,
        close=_close,
        given_up=f"It got no further in {ATTEMPTS} attempts.",
        failures=(Refused, Failure),
        task="conduct_experiment",
    )


def conduct_here(
    order: Order, *, data: Dataset | None = None, tell: Told = lambda done, total, key: None
) -> Experiment:
    """An experiment in this process, without a project and without a row: nothing of it is stored.

    Raises Refused and Failure.
    """
    described, parameters, seeds = _settled(order)
    data = data if described.needs_data else None
    total, done = described.steps(parameters, seeds), 0

    def once(key: str, step: Callable[[], Any]) -> Any:
        nonlocal done
        value = _plain(step())
        done += 1
        tell(done, total, key)
        return value

    config = {"llm": order.llm} if described.asks_model else {}
    check_llm(config)
    began = time.monotonic()
    with _failing():
        model = _model(config)
        value = conduct(described, Work(parameters, seeds, once, lambda: None, data, model))
    made_with = {**_made_with(model), "seconds": round(time.monotonic() - began, 1)}
    return Experiment(
        name=described.name,
        version=described.version,
        setting=order.setting,
        parameters=_plain(parameters),
        seeds=seeds,
        config=config,
        data=data.told if data else None,
        made_with=made_with,
        value=_plain(value),
        state=JobState.DONE,
    )


def file_of(experiment: Experiment) -> dict[str, Any]:
    """All that is known of an experiment, to take away: enough to do it again and to compare."""
    return {
        "experiment": experiment.name,
        "version": experiment.version,
        "setting": experiment.setting,
        "parameters": experiment.parameters,
        "seeds": list(range(experiment.seeds)),
        "model": experiment.config.get("llm"),
        "data": experiment.data,
        "made_with": experiment.made_with,
        "value": experiment.value,
    }


def _settled(order: Order) -> tuple[Description, dict[str, Any], int]:
    described = description_of(order.name)
    if order.setting not in described.settings:
        names = ", ".join(described.settings)
        raise Refused(_("The setting is one of %(names)s.") % {"names": names}, "setting")
    unknown = set(order.parameters) - set(described.settings[order.setting])
    if unknown:
        raise Refused(_("Unknown parameters: %(names)s.") % {"names": ", ".join(sorted(unknown))}, "parameters")
    seeds = described.seeds[order.setting] if order.seeds is None else order.seeds
    if not 1 <= seeds <= MOST_SEEDS:
        raise Refused(_("Between 1 and %(most)s seeds.") % {"most": MOST_SEEDS}, "seeds")
    return described, _plain({**described.settings[order.setting], **order.parameters}), seeds


def _conduct(experiment: Experiment) -> None:
    described = description_of(experiment.name)
    if described.version != experiment.version:
        raise Refused(_("The experiment has changed since it was asked for. Start a new one."))
    data = dataset_of_project(experiment.project, experiment.question) if described.needs_data else None
    _begin(experiment, data)
    ledger = _Ledger(experiment)
    book = partial(charge, Experiment, experiment.pk)
    with heartbeat(ledger.beat), accounting(book), _failing():
        model = _model(experiment.config)
        work = Work(experiment.parameters, experiment.seeds, ledger.once, ledger.pulse, data, model)
        value = conduct(described, work)
    held = Experiment.objects.filter(pk=experiment.pk, state=JobState.RUNNING)
    if not held.update(value=_plain(value), made_with=_made_with(model)):
        raise Overtaken


class _Ledger:
    """The steps that are done, and whether anybody wants the others."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._known = dict(experiment.steps.values_list("key", "value"))
        self._began = self._asked = time.monotonic()
        self._held = True
        self._fresh = 0

    def beat(self) -> None:
        """Keep the lease. From a thread of its own."""
        rows = Experiment.objects.filter(pk=self._experiment.pk, state=JobState.RUNNING)
        self._held = bool(rows.update(leased_until=Now() + LEASE))

    def pulse(self) -> None:
        """Raises Overtaken where it was cancelled, Refused where its money is spent."""
        if not self._held:
            raise Overtaken
        if time.monotonic() - self._asked > ENQUIRY_SECONDS:
            self._asked = time.monotonic()
            self.beat()
        account = current_account()
        if account.exhausted:
            raise Refused(spent(Experiment, self._experiment.pk))
        if account.stopped:
            raise Refused(account.stopped) if self._held else Overtaken

    def once(self, key: str, step: Callable[[], Any]) -> Any:
        if key in self._known:
            return self._known[key]
        # A turn does one step at least, or it would never get anywhere.
        if self._fresh and time.monotonic() - self._began > TURN:
            raise TurnOver
        self.pulse()
        value = _plain(step())
        self.pulse()
        with transaction.atomic():
            held = Experiment.objects.filter(pk=self._experiment.pk, state=JobState.RUNNING)
            if not held.update(done=F("done") + 1, attempts=0, leased_until=Now() + LEASE):
                raise Overtaken
            ExperimentStep.objects.create(experiment=self._experiment, key=key, value=value)
        self._known[key] = value
        self._fresh += 1
        return value


def _begin(experiment: Experiment, data: Dataset | None) -> None:
    """Steps that were done on other data count no more."""
    told = data.told if data else None
    if experiment.data is not None and experiment.data != told:
        experiment.steps.all().delete()
        Experiment.objects.filter(pk=experiment.pk).update(done=0)
    Experiment.objects.filter(pk=experiment.pk).update(data=told)


def _close(experiment: Experiment, state: JobState, error: str) -> None:
    with transaction.atomic():
        if not close_job(Experiment.objects.all(), experiment.pk, state, error):
            return
        told: dict[str, Any] = {"experiment": experiment.pk, "name": experiment.name}
        record(experiment.project_id, Verb.EXPERIMENT_FINISHED, error=error, **told)
        if state == JobState.DONE:
            # The value says it all; what only the next step needed goes.
            experiment.steps.all().delete()
        else:
            announce(
                experiment.project,
                NotificationKind.RUN_FAILED,
                # One that was resumed can fail anew.
                occurrence=f"experiment {experiment.pk}:{timezone.now().isoformat()}",
                also=[experiment.created_by_id],
                **told,
            )


@contextmanager
def _failing() -> Iterator[None]:
    """Whatever goes wrong inside ends in a sentence for whoever asked for it."""
    try:
        yield
    except (Overtaken, Refused):
        raise
    except (InvalidConfig, InvalidParameters, Unsuitable, ModelError) as error:
        raise Failure(str(error)) from error
    except Exception as error:
        logger.exception("an experiment broke")
        told = {"kind": type(error).__name__, "error": str(error)[:300]}
        raise Failure(_("The experiment broke: %(kind)s: %(error)s") % told) from error


def _model(config: dict[str, Any]) -> LanguageModel | None:
    return model_of(reachable(config)) if config else None


def _made_with(model: LanguageModel | None) -> Value:
    return {
        "model": model.digest if model else None,
        "machine": f"{platform.machine()}, {platform.system()}",
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _plain(value: Any) -> Any:
    """As it will be read back: JSON knows no tuples."""
    return json.loads(json.dumps(value))
