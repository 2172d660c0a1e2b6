"""Models side by side: how often they are right, and what a right answer of theirs costs."""

from __future__ import annotations

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project, Run
from annotation.models.filters import Filters

from ..charts import Axis, Chart, Estimate, Estimates, Link
from ..worth import Measured, worth_report
from .base import Cell, Column, Figure, Kind, Value, between, count, decimal, nothing, percent, share, words
from .faces import Face, models_shown

# Of more versions the newest are compared.
VERSIONS = 12


def measure(project: Project, filters: Filters) -> Value:
    """{"models": [{labeler, votes, asked, seconds, failures, tokens, cost, questions: {name: figures}}]}."""
    asked = dict(
        Run.objects.filter(project=project).order_by().values_list("labeler").annotate(asked=Sum("done"))
    )  # fmt: skip
    return {
        "models": [
            {
                "labeler": worth.labeler.pk,
                "votes": worth.votes,
                "asked": asked.get(worth.labeler.pk) or 0,
                "seconds": worth.seconds,
                "failures": worth.failures,
                "tokens": worth.tokens,
                "cost": float(worth.cost),
                "questions": {each.question.name: _figures(each) for each in worth.measured},
            }
            for worth in worth_report(project, filters=filters)[:VERSIONS]
        ]
    }


def _figures(measured: Measured) -> dict[str, float | None]:
    before, after = measured.trust.before or {}, measured.trust.after or {}
    return {
        "answers": measured.answers,
        "accuracy": measured.accuracy,
        "low": measured.low,
        "high": measured.high,
        "closeness": measured.closeness,
        "kappa": measured.kappa,
        "f1": measured.macro_f1 if measured.micro_f1 is None else measured.micro_f1,
        "said_off": before.get("ece"),
        "calibrated_off": after.get("ece"),
    }


def present(membership: Membership, value: Value) -> Figure:
    models = models_shown(membership, [each["labeler"] for each in value["models"]])
    voted = [each for each in value["models"] if each["labeler"] in models and (each["votes"] or each["asked"])]
    if not voted:
        return nothing(_("No model has voted yet. Add one under “Models”, and let it run."))
    questions = membership.project.question_list
    rows: list[tuple[Cell, ...]] = []
    charts: list[Chart] = []
    for question in questions:
        estimates = []
        for each in voted:
            figures, model = each["questions"].get(question.name), models[each["labeler"]]
            if figures is None:
                continue
            link = Link({"labeler": str(each["labeler"]), "question": question.name})
            rows.append(_row(model, question.title, each, figures, link))
            if figures["accuracy"] is not None:
                told = f"{model.name}: {percent(figures['accuracy'])} ({between(figures['low'], figures['high'])})"
                estimates.append(
                    Estimate(model.name, figures["accuracy"], figures["low"], figures["high"], told, link=link)
                )
        if estimates:
            axis = Axis(_("Right"), "share", low=0.0, high=1.0)
            charts.append(Estimates(question.title, tuple(estimates), axis, membership.project.target_accuracy))
    return Figure(
        columns=(
            Column("model", _("Model"), False), Column("question", _("Question"), False), Column("votes", _("Votes")),
            Column("compared", _("Compared")), Column("accuracy", _("Right")), Column("low", _("at least")),
            Column("high", _("at most")), Column("closeness", _("Closeness")), Column("kappa", "κ"),
            Column("f1", "F1"), Column("said_off", _("Off as it says")), Column("calibrated_off", _("Off calibrated")),
            Column("per_thousand", _("Cost per 1,000")), Column("per_right", _("Cost per 1,000 right")),
            Column("tokens", _("Tokens")), Column("seconds", _("Seconds each")), Column("failures", _("Failures")),
        ),
        rows=tuple(rows),
        charts=tuple(charts),
        note=_(
            "Right: as most people say who answered without seeing it, on the newest 5,000 such answers; intervals at "
            "95 %. Off: how far stated probabilities lie from what is right, on average (ECE). Costs are those of all "
            "runs, tries included; a right answer’s is the cost of one over the share right. The dashed line is the "
            "policy’s target."
        ),
    )  # fmt: skip


def _row(
    model: Face, question: str, each: dict[str, float], figures: dict[str, float | None], link: Link
) -> tuple[Cell, ...]:
    cost = each["cost"] / each["asked"] if each["asked"] else None
    right = figures["accuracy"]
    return (
        words(model.name, model.page, head=True),
        words(question),
        count(int(each["votes"])),
        count(int(figures["answers"] or 0), link if figures["answers"] else None),
        share(right, link if right is not None else None),
        share(figures["low"] if right is not None else None),
        share(figures["high"] if right is not None else None),
        share(figures["closeness"]),
        decimal(figures["kappa"]),
        decimal(figures["f1"]),
        decimal(figures["said_off"], digits=3),
        decimal(figures["calibrated_off"], digits=3),
        decimal(None if cost is None else 1000 * cost, digits=4),
        decimal(1000 * cost / right if cost is not None and right else None, digits=4),
        count(int(each["tokens"])),
        decimal(each["seconds"]),
        count(int(each["failures"])),
    )


MODEL_WORTH = Kind(
    "model_worth", gettext_lazy("Accuracy and cost, side by side"), "models", measure, present, wide=True
)
