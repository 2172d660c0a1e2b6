"""Who answers faster than one can read, or the same again and again?"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import scipy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.pacing import FASTEST, crowd_pace, pace, streak
from annotation.models import Annotation, Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars
from .base import Cell, Column, Figure, Kind, Stat, Value, chance, count, nothing, percent, share, within, words
from .faces import Face, people_shown
from .texts import characters
from .voting import ballots_on, labelled, votes_of_people

NEWEST = 300_000
PEOPLE, DRAWN = 200, 15
# With fewer answers of known time nobody is suspected.
LEAST = 20
UNREAD, QUICK, SUSPICIOUS = 0.1, 0.1, 0.01
# Shorter runs are said of nobody.
RUN = 8


def measure(project: Project, filters: Filters) -> Value:
    """{"people": {annotator: {answers, unread, quick, p_value, streak: [question, answer, length, chance]}}}."""
    about = Annotation.objects.votes().human().filter(within(project, filters), project=project, seconds__isnull=False)
    timed: dict[int, list[tuple[float, int]]] = defaultdict(list)
    rows = about.order_by("-pk").annotate(length=characters(project, "item__fields"))
    for pk, seconds, length in rows.values_list("annotator_id", "seconds", "length")[:NEWEST].iterator(5_000):
        timed[pk].append((seconds or 0.0, length))
    columns = {pk: np.array(found, dtype=float).reshape(-1, 2) for pk, found in timed.items()}
    streaks = _streaks(project, filters)
    people: dict[str, dict[str, Any]] = {}
    for pk in sorted({*timed, *streaks}):
        mine = columns.get(pk, np.empty((0, 2)))
        # Whoever hurries through half of the work would set the pace that they are measured by.
        others = np.concatenate([np.empty((0, 2)), *(each for other, each in columns.items() if other != pk)])
        found = pace(mine[:, 0], mine[:, 1], crowd_pace(others[:, 0], others[:, 1]))
        people[str(pk)] = {
            "answers": found.answers,
            "unread": found.unread,
            "quick": found.quick,
            "p_value": found.p_value,
            "streak": streaks.get(pk),
        }
    return {"people": people}


def _streaks(project: Project, filters: Filters) -> dict[int, list[Any]]:
    """Annotator → the run that chance explains least, over the questions with options."""
    votes = votes_of_people(project, filters)
    found: dict[int, list[Any]] = {}
    for question in labelled(project):
        given = ballots_on(question, votes)
        counts = Counter(given.codes.tolist())
        shares = {code: times / len(given.codes) for code, times in counts.items()}
        at = dict(
            zip(zip(given.items.tolist(), given.annotators.tolist(), strict=True), given.codes.tolist(), strict=True)
        )
        items = {name: place for place, name in enumerate(given.item_names)}
        people = {name: place for place, name in enumerate(given.annotator_names)}
        mine: dict[int, list[int]] = defaultdict(list)
        for item, annotator, _when, answers in votes:
            if question.name in answers:
                mine[annotator].append(at[items[item], people[annotator]])
        for annotator, codes in mine.items():
            longest = streak(codes, shares)
            if longest.answer is not None and (annotator not in found or longest.chance < found[annotator][3]):
                answer = given.answers[longest.answer]
                found[annotator] = [question.name, answer, longest.length, longest.chance]
    return found


def present(membership: Membership, value: Value) -> Figure:
    if not value["people"]:
        return nothing(_("Nobody has answered an item yet."))
    faces = people_shown(membership, [int(pk) for pk in value["people"]])
    found = [(faces[int(pk)], each) for pk, each in value["people"].items() if int(pk) in faces]
    adjusted = scipy.stats.false_discovery_control([each["p_value"] for _face, each in found])
    suspected = [
        (face, each, _why(each, float(p_value))) for (face, each), p_value in zip(found, adjusted, strict=True)
    ]
    suspected.sort(key=lambda row: (not row[2], row[1]["p_value"]))
    titles = {each.name: each for each in membership.project.question_list}
    timed = [row for row in suspected if row[1]["answers"] >= LEAST][:DRAWN]
    bars = [
        Bar(
            face.name, each["quick"] / each["answers"],
            f"{face.name}: {percent(each['quick'] / each['answers'])} · {number(each['answers'])}",
            hue="bad" if why else "series-1", link=face.items,
        )
        for face, each, why in timed
    ]  # fmt: skip
    named = [Stat(face.name, why[0], " · ".join(why[1:]), face.page) for face, _each, why in suspected if why]
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("suspicion", _("Suspicion"), False),
            Column("timed", _("Timed answers")), Column("quick", _("Quick")), Column("p_value", "p"),
            Column("unread", _("Faster than reading")), Column("streak", _("Longest run")),
            Column("answer", _("Of"), False), Column("chance", _("By chance")),
        ),
        rows=tuple(_row(face, each, why, titles) for face, each, why in suspected[:PEOPLE]),
        charts=(Bars(_("Quick answers"), tuple(bars), Axis(_("Share of answers"), "share", low=0.0)),) if bars else (),
        stats=tuple(named[:6]) or (Stat(_("Suspicion"), _("nobody")),),
        note=_(
            "Quick: in less time per character than 19 of 20 answers of the others. Faster than reading: more than "
            "%(speed)s characters a second, two and a half times as fast as people read. A run is of one answer in a "
            "row; by chance: how likely one as long is for somebody who answers as the crowd does. Items that come in "
            "an order of their own make runs, too: look before you judge."
        )
        % {"speed": int(FASTEST)},
    )  # fmt: skip


def _why(each: dict[str, Any], p_value: float) -> list[str]:
    """What speaks against somebody, in words; p corrected for how many people were looked at."""
    why = []
    answers = each["answers"]
    if answers >= LEAST and each["unread"] / answers > UNREAD:
        why.append(_("faster than reading"))
    if answers >= LEAST and each["quick"] / answers > QUICK and p_value <= SUSPICIOUS:
        why.append(_("quicker than the others"))
    if each["streak"] and each["streak"][2] >= RUN and each["streak"][3] <= SUSPICIOUS / 10:
        why.append(_("the same answer in a row"))
    return why


def _row(face: Face, each: dict[str, Any], why: list[str], questions: dict[str, Any]) -> tuple[Cell, ...]:
    answers, run = each["answers"], each["streak"]
    question = questions.get(run[0]) if run else None
    title = "–"
    if question is not None:
        keys = run[1] if isinstance(run[1], list) else [str(run[1])]
        title = " + ".join(str(question.option_title(key)) for key in keys) or "–"
    return (
        words(face.name, face.page, head=True),
        words(", ".join(why) or "–"),
        count(answers, face.items),
        share(each["quick"] / answers if answers else None),
        chance(each["p_value"] if answers else None),
        share(each["unread"] / answers if answers else None),
        count(run[2] if run else None),
        words(title),
        chance(run[3] if run else None),
    )


HASTE = Kind("haste", gettext_lazy("Suspicious speed"), "people", measure, present)
