"""Test judges against people: only one that stands in for a person may settle what people differ on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from decimal import Decimal
from statistics import fmean
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.aggregation.alternative_annotator import EPSILON, alternative_annotator_test, nearness
from annotation.models import (
    JUDGING,
    Annotation,
    Consensus,
    DecidedBy,
    Item,
    JudgeTrial,
    Labeler,
    Piece,
    Project,
    Run,
    RunItem,
    RunPurpose,
    Settling,
    Stage,
    User,
    Verb,
)
from annotation.questions import Answers, type_of

from .advancing import advance
from .connecting import reachable
from .errors import Conflict, Refused
from .recording import record
from .running import check_budget, open_run

# So many people have to have answered an item for it to say whether a judge stands in for one of them.
LEAST_PEOPLE = 3
TRIAL_ITEMS = 60
MOST_ITEMS = 500
READVANCE = 1_000
# A page must not walk through a million settled items in search of those with three answers.
WINDOW = 5_000
# Of people who know their subject and are no experts in it (Calderon et al. 2025, §3.3).
ALLOWED = EPSILON["skilled"]


def trial_items(labeler: Labeler, count: int = TRIAL_ITEMS) -> list[Item]:
    """Of the newest settled items those that three people answered and this judge has not been tested on, as good as
    at random."""
    tested = RunItem.objects.filter(run__labeler=labeler, run__purpose=RunPurpose.TRIAL).exclude(state=Piece.FAILED)
    settled = Item.objects.filter(project=labeler.project_id, settled_at__isnull=False).order_by("-settled_at")
    newest = list(settled.values_list("pk", flat=True)[:WINDOW])
    answered = Item.objects.filter(pk__in=newest, stage=Stage.SETTLED, taken__gte=LEAST_PEOPLE)
    return list(answered.exclude(pk__in=tested.values("item_id")).order_by("content_hash").defer("embedding")[:count])


def start_trial(
    labeler: Labeler, *, count: int = TRIAL_ITEMS, user: User | None = None, budget: Decimal | None = None
) -> Run:
    """Ask a judge about settled items without showing it the votes; what it says counts nowhere but in its test.

    Raises JobActive when it is at work already, Conflict where it is no judge or there is nothing to test it on,
    Refused where the number or the budget does not fit.
    """
    if not labeler.rules:
        raise Conflict(_("%(labeler)s is no judge.") % {"labeler": labeler})
    if not 1 <= count <= MOST_ITEMS:
        raise Refused(_("Test it on 1 to %(most)s items.") % {"most": MOST_ITEMS}, "items")
    check_budget(budget)
    reachable(labeler.config)
    chosen = [item.pk for item in trial_items(labeler, count)]
    if not chosen:
        raise Conflict(
            _("There is no settled item left that %(least)s people have answered.") % {"least": LEAST_PEOPLE}
        )
    return open_run(labeler, RunPurpose.TRIAL, Item.objects.filter(pk__in=chosen), user=user, budget=budget)


def refresh_trials() -> None:
    """Look anew at every judge that was tested where people have answered since: one that falls behind loses its
    licence."""
    for labeler in Labeler.objects.filter(trials__isnull=False, kind__in=JUDGING).distinct():
        last = JudgeTrial.objects.filter(labeler=labeler).latest("pk").looked_at
        on = RunItem.objects.filter(run__labeler=labeler, run__purpose=RunPurpose.TRIAL).values("item_id")
        answers = Annotation.objects.human().filter(item__in=on)
        if answers.filter(Q(created_at__gt=last) | Q(superseded_at__gt=last)).exists():
            look_at(labeler)


@transaction.atomic
def look_at(labeler: Labeler) -> JudgeTrial:
    """The test on what there is to go by now; the last one where that comes to the same.

    Whoever passes, or passes no more, has the items that it may settle, or has settled, routed anew.
    """
    # Held to the end, so that two looks at once write one row.
    project = Project.objects.select_for_update(no_key=True).get(pk=labeler.project_id)
    last = JudgeTrial.objects.filter(labeler=labeler).first()
    said = _said_by(labeler)
    people, on, answers = _people_on(said)
    judged: dict[Hashable, Any] = {item: said[item] for item in on}
    verdict = alternative_annotator_test(people, judged, score=nearness(_distance_in(project)), epsilon=ALLOWED)
    seen = (len(judged), answers, verdict.omega, verdict.rho)
    if last is not None and (last.items, last.answers, last.omega, last.rho) == seen:
        # `Now()` is when this transaction began: an answer that came while it read is looked at again.
        JudgeTrial.objects.filter(pk=last.pk).update(looked_at=Now())
        return last
    trial = JudgeTrial.objects.create(
        project=project,
        labeler=labeler,
        omega=verdict.omega,
        rho=verdict.rho,
        passed=verdict.passed,
        epsilon=ALLOWED,
        items=len(judged),
        answers=answers,
        contests=[
            {
                "annotator": each.annotator,
                "items": each.items,
                "model_share": each.model_share,
                "person_share": each.person_share,
                "p_value": each.p_value,
                "won": each.won,
            }
            for each in verdict.contests
        ],
        reason=verdict.reason[:500],
    )
    if bool(trial.passed) != bool(last and last.passed):
        verb = Verb.LICENSED if trial.passed else Verb.LICENCE_REVOKED
        record(project, verb, annotator=labeler.annotator, omega=trial.omega, rho=trial.rho, items=trial.items)
        route_rulings(project, labeler)
    return trial


def route_rulings(project: Project, labeler: Labeler | None = None) -> None:
    """Route anew what judges have settled, and what waits for a reviewer with a verdict (of this one) beside it."""
    if project.judge_settles != Settling.SETTLE and labeler is not None:
        return
    advice = Annotation.objects.on_record().filter(project=project, advice=True)
    if labeler is not None:
        advice = advice.filter(annotator__labeler=labeler)
    ruled = Consensus.objects.filter(project=project, decided_by=DecidedBy.JUDGE).values("item_id")
    waiting = Item.objects.filter(project=project, stage=Stage.REVIEW, pk__in=advice.values("item_id"))
    settled = Item.objects.filter(project=project, stage=Stage.SETTLED, pk__in=ruled)
    concerned = sorted({*waiting.values_list("pk", flat=True), *settled.values_list("pk", flat=True)})
    for begin in range(0, len(concerned), READVANCE):
        advance(project, concerned[begin : begin + READVANCE])


def _said_by(labeler: Labeler) -> dict[int, Answers]:
    """{item: what the judge said of it without having read a vote}, its latest word."""
    pieces = RunItem.objects.filter(run__labeler=labeler, run__purpose=RunPurpose.TRIAL, state=Piece.DONE)
    rows = pieces.order_by("pk").values_list("item_id", "prediction")
    return {item: prediction["answers"] for item, prediction in rows if prediction}


def _people_on(said: Mapping[int, Answers]) -> tuple[dict[str, dict[Hashable, Any]], list[int], int]:
    """{person: {item: answers}} on items that enough people answered without having seen a suggestion, those items,
    and how many answers that is."""
    rows = Annotation.objects.votes().human().filter(item__in=list(said), suggestion_seen=False)
    of_items: dict[int, dict[str, Any]] = defaultdict(dict)
    for item, name, answers in rows.values_list("item_id", "annotator__name", "answers"):
        of_items[item][name] = answers
    people: dict[str, dict[Hashable, Any]] = defaultdict(dict)
    on = [item for item, given in of_items.items() if len(given) >= LEAST_PEOPLE]
    for item in on:
        for name, answers in of_items[item].items():
            people[name][item] = answers
    return people, on, sum(len(of_items[item]) for item in on)


def _distance_in(project: Project) -> Any:
    """Between two people's answers to an item: the mean over the questions that either answered."""
    questions = {question.name: question for question in project.question_list}

    def distance(first: Answers, second: Answers) -> float:
        names = [name for name in questions if name in first or name in second]
        if not names:
            return 0.0
        return fmean(
            type_of(questions[name]).distance(questions[name], first[name], second[name])
            if name in first and name in second
            else 1.0
            for name in names
        )

    return distance
