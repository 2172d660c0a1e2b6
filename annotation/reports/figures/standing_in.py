"""May a model replace a person here? The alternative-annotator test on this project's blind answers."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.alternative_annotator import (
    EPSILON,
    LEAST_ITEMS,
    LEAST_PEOPLE,
    Score,
    Verdict,
    alternative_annotator_test,
    matching,
    nearness,
)
from annotation.models import Annotator, Membership, Project
from annotation.models.evidence import Pair, blind_pairs
from annotation.models.filters import Filters
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import number

from ..charts import Axis, Estimate, Estimates
from ..confusion import pairs_within
from .base import Cell, Column, Figure, Kind, Stat, Value, chance, count, decimal, nothing, percent, share, words
from .faces import Face, models_shown, people_shown

# Of more blind answers the newest are compared, and of more models those with the most answers.
NEWEST = 60_000
MODELS = 6
DRAWN = 4


def measure(project: Project, filters: Filters) -> Value:
    """{"models": [[labeler, {question: {ε's name: verdict}}]], "met": {labeler: items}}."""
    labelers = dict(Annotator.objects.filter(project=project, kind="model").values_list("pk", "labeler"))
    pairs = blind_pairs(project.pk, list(labelers), newest=NEWEST)
    chosen = pairs_within(project, filters, pairs)
    busiest = sorted((pk for pk in chosen if chosen[pk]), key=lambda pk: (-len(chosen[pk]), pk))[:MODELS]
    return {
        "models": [
            [labelers[pk], {each.name: _verdicts(each, chosen[pk]) for each in project.question_list}] for pk in busiest
        ],
    }


def _verdicts(question: Question, pairs: list[Pair]) -> dict[str, Any]:
    people: dict[str, dict[Any, Any]] = defaultdict(dict)
    model: dict[Any, Any] = {}
    for pair in pairs:
        if question.name not in pair.answers:
            continue
        model[pair.item] = pair.answers[question.name]
        for who, answers in zip(pair.who, pair.people, strict=True):
            if question.name in answers:
                people[str(who)][pair.item] = answers[question.name]
    score = score_of(question)
    return {
        kind: _as_json(alternative_annotator_test(people, model, score=score, epsilon=epsilon))
        for kind, epsilon in EPSILON.items()
    }


def score_of(question: Question) -> Score:
    """The paper's accuracy where an answer is one option; else nearness by the type's own distance."""
    kind = type_of(question)
    return matching if kind.shape is Shape.ONE else nearness(partial(kind.distance, question))


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "omega": verdict.omega,
        "rho": verdict.rho,
        "passed": verdict.passed,
        "contests": [
            [int(each.annotator), each.items, each.model_share, each.person_share, each.p_value, each.won]
            for each in verdict.contests
        ],
        "left_out": dict(verdict.left_out),
    }


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    if not value["models"]:
        return nothing(_("No model has voted yet on items that people answered without seeing its suggestion."))
    models = models_shown(membership, [labeler for labeler, _found in value["models"]])
    tested = [
        (models[labeler], question, found[question.name])
        for labeler, found in value["models"]
        for question in project.question_list
        if labeler in models and question.name in found
    ]
    compared = [each for each in tested if each[2]["expert"]["omega"] is not None]
    if not compared:
        return nothing(_missing(tested))
    faces = people_shown(membership, {row[0] for _m, _q, found in compared for row in found["expert"]["contests"]})
    rows, estimates, stats = [], [], []
    several = len(project.question_list) > 1
    for model, question, found in compared:
        name = f"{model.name} · {question.title}" if several else model.name
        stats.append(Stat(name, _answer(found), _reason(found), model.page))
        for kind in EPSILON:
            verdict = found[kind]
            rows += [_row(model, question, kind, contest, faces) for contest in verdict["contests"]]
        rho = found["expert"]["rho"]
        estimates.append(Estimate(name, rho, told=f"{name}: ρ {percent(rho)}", link=model.page))
    return Figure(
        columns=(
            Column("model", _("Model"), False), Column("question", _("Question"), False),
            Column("people", _("People are"), False), Column("epsilon", "ε"), Column("person", _("Person"), False),
            Column("items", _("Items")), Column("model_share", _("Model as near")),
            Column("person_share", _("Person as near")), Column("p_value", "p"), Column("won", _("Model wins"), False),
        ),
        rows=tuple(rows),
        charts=(
            Estimates(_("As near to the others as a person (ρ)"), tuple(estimates[:DRAWN * 2]),
                      Axis(_("Share of items"), "share", low=0.0, high=1.0), 0.5),
        ),
        stats=tuple(stats),
        note=_(
            "Alternative-annotator test (Calderon et al. 2025): each person is left out in turn, and the model is "
            "asked to be as near to the others as they are, less ε for being cheaper: 0.2 beside experts, 0.15 beside "
            "skilled people, 0.1 beside a crowd. ω is the share of people it wins against, and half of them is enough. "
            "Only answers given without seeing a suggestion count; false discoveries are held to 5 % (Benjamini & "
            "Yekutieli)."
        ),
    )  # fmt: skip


def kinds() -> dict[str, str]:
    return {"expert": _("experts"), "skilled": _("skilled"), "crowd": _("a crowd")}


def _answer(found: dict[str, Any]) -> str:
    """The strictest ε that it passes says beside whom it may stand in."""
    passed = [kind for kind in EPSILON if found[kind]["passed"]]
    if not passed:
        return _("No")
    return _("Yes") if len(passed) == len(EPSILON) else _("Beside %(kinds)s") % {
        "kinds": ", ".join(kinds()[kind] for kind in passed)
    }  # fmt: skip


def _reason(found: dict[str, Any]) -> str:
    omegas = " · ".join(f"{kinds()[kind]}: ω {percent(found[kind]['omega'], digits=0)}" for kind in EPSILON)
    told = f"ρ {percent(found['expert']['rho'])} · {omegas}"
    left_out = len(found["expert"]["left_out"])
    if left_out:
        told += " · " + _("left out with too few items: %(people)s") % {"people": number(left_out)}
    return told


def _missing(tested: list[tuple[Face, Question, dict[str, Any]]]) -> str:
    """How far the model that is nearest to being tested is from it."""
    most = max((len([n for n in found["expert"]["left_out"].values() if n]) for _m, _q, found in tested), default=0)
    items = max((n for _m, _q, found in tested for n in found["expert"]["left_out"].values()), default=0)
    return _(
        "The test takes %(people)s people with %(items)s items each that the model and somebody else answered too, "
        "without seeing its suggestion. So far %(found)s people share such items, at most %(shared)s each. Let more "
        "people answer the same items: settings, “people per item”."
    ) % {
        "people": LEAST_PEOPLE,
        "items": LEAST_ITEMS,
        "found": number(most),
        "shared": number(items),
    }


def _row(model: Face, question: Question, kind: str, contest: list[Any], faces: dict[int, Face]) -> tuple[Cell, ...]:
    who, items, of_model, of_person, p_value, won = contest
    face = faces.get(who, Face("?"))
    return (
        words(model.name, model.page, head=True),
        words(question.title),
        words(kinds()[kind]),
        decimal(EPSILON[kind]),
        words(face.name, face.page),
        count(items, face.items),
        share(of_model),
        share(of_person),
        chance(p_value),
        words(_("yes") if won else _("no")),
    )


STANDING_IN = Kind(
    "standing_in", gettext_lazy("May a model replace a person here?"), "models", measure, present, wide=True
)
