"""How many of the settled labels are right: measured where somebody checked, believed where nobody did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Avg, Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.aggregation.effort import Accuracy, Stratum, dataset_accuracy
from annotation.aggregation.grading import grade
from annotation.models import Annotation, Consensus, DecidedBy, Item, Licence, Membership, Project, Resolution, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions import Answers, Question
from annotation.questions.speech import number

from ..charts import Axis, Estimate, Estimates, Link
from .base import Cell, Column, Figure, Kind, Stat, Value, between, count, nothing, percent, share, words

# Of more known answers, and of more decisions of reviewers, the newest are compared.
NEWEST = 20_000


def measure(project: Project, filters: Filters) -> Value:
    settled = select(project, filters).filter(stage=Stage.SETTLED)
    audits = list(Licence.objects.filter(project=project, revoked_at__isnull=True).values_list("accepted", "right"))
    sampled = _sampled(project, settled)
    return {
        "questions": {
            question.name: _strata(project, question, settled, audits, sampled) for question in project.question_list
        },
    }


def _strata(
    project: Project, question: Question, settled: Any, audits: list[tuple[int, int]], sampled: dict[int, Any]
) -> dict[str, dict[str, float]]:
    """{who decided: {items, believed, checked, right, and of these by gold, by audits, by reviewers}}."""
    rows = Consensus.objects.filter(project=project, question=question.name, item__in=settled.values("pk")).order_by()
    counted = rows.values_list("decided_by").annotate(items=Count("pk"), believed=Avg("posterior"))
    strata: dict[str, dict[str, float]] = {
        by: {"items": items, "believed": believed * items, "gold": 0, "audits": 0, "reviews": 0, "right": 0}
        for by, items, believed in counted
    }
    checked, right = _against_gold(question, rows)
    for by, stratum in strata.items():
        stratum["gold"], stratum["right"] = checked[by], right[by]
    if (models := strata.get(DecidedBy.MODEL)) and audits:
        # People answered these audits blind; the models' answers to them are as those that models settled alone.
        models["audits"] = sum(accepted for accepted, _right in audits)
        models["right"] += sum(good for _accepted, good in audits)
    if people := strata.get(DecidedBy.PEOPLE):
        verdicts = [
            grade([question], voted, decided)[question.name]
            for voted, decided in sampled.values()
            if question.name in voted and question.name in decided
        ]
        people["reviews"] = len(verdicts)
        people["right"] += sum(verdicts)
    return strata


def _against_gold(question: Question, rows: Any) -> tuple[Counter[str], Counter[str]]:
    known = rows.filter(item__gold__has_key=question.name).exclude(decided_by=DecidedBy.REVIEWER).order_by("-item")
    checked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for by, value, gold in known.values_list("decided_by", "value", "item__gold")[:NEWEST]:
        checked[by] += 1
        right[by] += grade([question], {question.name: value}, gold)[question.name]
    return checked, right


def _sampled(project: Project, settled: Any) -> dict[int, tuple[Answers, Answers]]:
    """{item that was drawn for review: (what most people said, what the reviewer decided)}."""
    drawn = Item.objects.filter(pk__in=settled.values("pk"), sampled=True).order_by("-pk")
    items = list(drawn.values_list("pk", flat=True)[:NEWEST])
    decided = dict(Resolution.objects.filter(item__in=items).order_by("pk").values_list("item_id", "answers"))
    votes: dict[int, list[Answers]] = defaultdict(list)
    answers = Annotation.objects.votes().human().filter(item__in=list(decided)).order_by("pk")
    for item, given in answers.values_list("item_id", "answers"):
        votes[item].append(given)
    return {item: (_most_said(given), decided[item]) for item, given in votes.items()}


def _most_said(votes: list[Answers]) -> Answers:
    """Question by question, of a tie the first."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    meant: dict[tuple[str, str], Any] = {}
    for vote in votes:
        for question, answer in vote.items():
            said[question][repr(answer)] += 1
            meant[question, repr(answer)] = answer
    return {question: meant[question, counts.most_common(1)[0][0]] for question, counts in said.items()}


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    rows: list[tuple[Cell, ...]] = []
    stats, estimates = [], []
    for question in project.question_list:
        strata = {by: each for by, each in value["questions"].get(question.name, {}).items() if each["items"]}
        if not strata:
            continue
        found = estimated(strata.values())
        note = f"{between(found.low, found.high)} · " + (
            _("nobody has checked any: this is what the votes believe")
            if not found.checked
            else ngettext("from %(checked)s check", "from %(checked)s checks", found.checked)
            % {"checked": number(found.checked)}
        )
        stats.append(Stat(question.title, percent(found.value), note, Link({"stage": "settled"})))
        for by, each in strata.items():
            one = estimated([each])
            rows.append(_row(question, by, each, one.value, one.low, one.high))
            estimates.append(
                Estimate(
                    str(DecidedBy(by).label), one.value or 0.0, one.low, one.high,
                    f"{DecidedBy(by).label}: {percent(one.value)} ({between(one.low, one.high)})",
                    question.title, link=_link(by),
                )
            )  # fmt: skip
    if not rows:
        return nothing(_("Nothing is settled yet."))
    right = Axis(_("Right"), "share", high=1.0)
    return Figure(
        columns=(
            Column("question", _("Question"), False), Column("decided_by", _("Decided by"), False),
            Column("items", _("Items")), Column("accuracy", _("Right")), Column("low", _("at least")),
            Column("high", _("at most")), Column("gold", _("Known answers")), Column("audits", _("Blind audits")),
            Column("reviews", _("Reviewed samples")), Column("right", _("of these right")),
            Column("believed", _("Believed")),
        ),
        rows=tuple(rows),
        charts=(Estimates(_("Right labels"), tuple(estimates), right, project.target_accuracy),),
        stats=tuple(stats),
        note=_(
            "A stratified estimate over who decided: known answers, blind audits and reviewed samples where there are "
            "any, else what the votes believe; intervals are at 95 %. The dashed line is the policy’s target."
        ),
    )  # fmt: skip


def estimated(strata: Iterable[Mapping[str, float]]) -> Accuracy:
    """How many labels of these strata, as `measure` has them, are right."""
    return dataset_accuracy([_stratum(each) for each in strata])


def _stratum(each: Mapping[str, float]) -> Stratum:
    checked = int(each["gold"] + each["audits"] + each["reviews"])
    return Stratum.of(int(each["items"]), checked, each["right"], each["believed"])


def _row(
    question: Question, by: str, each: dict[str, float], value: float | None, low: float | None, high: float | None
) -> tuple[Cell, ...]:
    link = _link(by)
    return (
        words(question.title),
        words(DecidedBy(by).label, link, head=True),
        count(int(each["items"]), link),
        share(value),
        share(low),
        share(high),
        count(int(each["gold"])),
        count(int(each["audits"])),
        count(int(each["reviews"])),
        count(int(each["right"])),
        share(each["believed"] / each["items"]),
    )


def _link(by: str) -> Link:
    return Link({"stage": "settled", "decided_by": by})


ACCURACY = Kind("accuracy", gettext_lazy("Estimated accuracy"), "project", measure, present)
