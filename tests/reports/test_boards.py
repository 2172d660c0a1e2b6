"""The dashboards of people, models and label quality equal a recomputation by brute force."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np
import pytest

from annotation.aggregation.alternative_annotator import alternative_annotator_test
from annotation.aggregation.scoring import cohen_kappa
from annotation.models import Annotation, Annotator, Consensus, Item, ItemVector, Membership, Role
from annotation.models.filters import Filters
from annotation.reports.figures.base import Figure
from annotation.reports.figures.registry import BOARDS, KINDS, kinds_of
from annotation.workflow.projects import change_policy
from tests.cast import OPTIONS, Cast
from tests.reports.crowd import populate

MAIL = Filters(metadata="channel=mail")


def given(cast: Cast, filters: Filters) -> list[Annotation]:
    rows = Annotation.objects.votes().human().filter(project=cast.project).select_related("annotator", "item")
    return [each for each in rows.order_by("pk") if not filters.asked or each.item.metadata.get("channel") == "mail"]


def others_said(vote: Annotation, on_item: list[Annotation]) -> str | None:
    counts = Counter(each.answers["intent"] for each in on_item if each.pk != vote.pk).most_common()
    return counts[0][0] if counts and (len(counts) == 1 or counts[0][1] > counts[1][1]) else None


def check_people(cast: Cast, filters: Filters) -> None:
    measured = {kind.name: kind.measure(cast.project, filters) for kind in kinds_of("people")}
    votes = given(cast, filters)
    together: dict[int, list[Annotation]] = defaultdict(list)
    for vote in votes:
        together[vote.item_id].append(vote)
    said = {vote.pk: others_said(vote, together[vote.item_id]) for vote in votes}
    for annotator in Annotator.objects.filter(project=cast.project, kind="human"):
        mine = [vote for vote in votes if vote.annotator_id == annotator.pk]
        if not mine:
            continue
        answers, seconds, timed, seen, right, checked, near, compared = measured["people_work"]["people"][
            str(annotator.pk)
        ]
        known = [vote for vote in mine if vote.item.gold]
        assert (answers, timed, seen) == (len(mine), len(mine), sum(vote.suggestion_seen for vote in mine))
        assert seconds == pytest.approx(median(vote.seconds or 0 for vote in mine))
        assert (right, checked) == (sum(v.answers == v.item.gold for v in known), len(known))
        beside = [(said[vote.pk], vote.answers["intent"]) for vote in mine if said[vote.pk] is not None]
        assert (near, compared) == (sum(theirs == own for theirs, own in beside), len(beside))
        confused = measured["people_confusion"]["questions"]["intent"].get(str(annotator.pk), [])
        assert {(theirs, own): times for theirs, own, times in confused} == Counter(beside)
        windows = next((found for pk, found in measured["drift"]["people"] if pk == annotator.pk), [])
        assert [sum(window[place] for window in windows) for place in (1, 2)] == [near, compared]
        hasty = measured["haste"]["people"][str(annotator.pk)]
        unread = sum((v.seconds or 0) < len(v.item.fields["text"]) / 60 for v in mine)
        assert hasty["answers"] == len(mine) and hasty["unread"] == unread
    for one, other, items, _raw, kappa, *_rest in measured["people_pairs"]["questions"]["intent"]:
        pairs: Counter[tuple[str, str]] = Counter()
        for on_item in together.values():
            said_by = {vote.annotator_id: vote.answers["intent"] for vote in on_item}
            if one in said_by and other in said_by:
                pairs[said_by[one], said_by[other]] += 1
        assert items == pairs.total()
        assert kappa is None or kappa == pytest.approx(cohen_kappa(pairs))


def check_models(cast: Cast, filters: Filters) -> None:
    measured = {kind.name: kind.measure(cast.project, filters) for kind in kinds_of("models")}
    votes = [vote for vote in given(cast, filters) if not vote.suggestion_seen]
    robot = Annotator.objects.get(project=cast.project, name="Robot")
    model: dict[Any, str] = {
        vote.item_id: vote.answers["intent"] for vote in Annotation.objects.votes().filter(annotator=robot)
    }
    people: dict[str, dict[Any, str]] = defaultdict(dict)
    for vote in votes:
        people[str(vote.annotator_id)][vote.item_id] = vote.answers["intent"]
    expected = alternative_annotator_test(people, model, epsilon=0.1)
    found = dict(measured["standing_in"]["models"])[robot.labeler_id]["intent"]["crowd"]
    assert (found["omega"], found["rho"]) == (expected.omega, pytest.approx(expected.rho))
    assert len(found["contests"]) == 3

    cases = []
    blind: dict[int, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        blind[vote.item_id][vote.answers["intent"]] += 1
    for item, answer in model.items():
        counts = blind[item].most_common()
        if counts and counts[0][1] * 2 > sum(times for _, times in counts):
            cases.append((item, counts[0][0], answer))
    worth = next(each for each in measured["model_worth"]["models"] if each["labeler"] == robot.labeler_id)
    figures = worth["questions"]["intent"]
    assert figures["answers"] == len(cases)
    assert figures["accuracy"] == pytest.approx(sum(theirs == its for _, theirs, its in cases) / len(cases))
    bins = next(each[2] for each in measured["reliability"]["questions"]["intent"] if each[0] == robot.labeler_id)
    assert sum(count for _says, _right, count in bins) == len(cases)
    looked = next(each[4] for each in measured["failures"]["models"] if each[0] == robot.labeler_id)
    slices = {tuple(each["name"][:2]): (each["cases"], each["right"]) for each in looked if each["name"][0] == "class"}
    for option in OPTIONS:
        mine = [its == theirs for _, theirs, its in cases if theirs == option]
        if 10 <= len(mine) <= len(cases) - 10:
            assert slices["class", option] == (len(mine), sum(mine))


def check_quality(cast: Cast, filters: Filters) -> None:
    measured = {kind.name: kind.measure(cast.project, filters) for kind in kinds_of("quality")}
    rows = Item.objects.filter(project=cast.project, stage="settled")
    settled = {each.pk for each in rows if not filters.asked or each.metadata.get("channel") == "mail"}
    labels = {row.item_id: row.value for row in Consensus.objects.filter(item__in=settled)}
    balance = measured["balance"]["questions"]["intent"]
    assert balance["items"] == len(labels)
    assert {label: times for label, times in balance["labels"].items() if times} == Counter(labels.values())

    vectors = {row.item_id: np.array(row.vector) for row in ItemVector.objects.filter(item__in=settled)}
    units = {item: vector / np.linalg.norm(vector) for item, vector in vectors.items()}
    alike = {
        (other, one)
        for one, other in combinations(sorted(units), 2)
        if units[one] @ units[other] >= 0.95 and labels[one] != labels[other]
    }
    assert {(pair[0], pair[1]) for pair in measured["contradictions"]["pairs"]} == alike
    assert measured["contradictions"]["found"] == len(alike) and (alike or filters.asked)

    surest: dict[int, Annotation] = {}
    for vote in Annotation.objects.votes().by_models().filter(project=cast.project).order_by("pk"):
        if vote.item_id not in surest or (vote.confidence or 0) > (surest[vote.item_id].confidence or 0):
            surest[vote.item_id] = vote
    counts: dict[bool, list[bool]] = {True: [], False: []}
    for vote in given(cast, filters):
        if vote.item_id in surest and surest[vote.item_id].pk < vote.pk:
            counts[vote.suggestion_seen].append(surest[vote.item_id].answers == vote.answers)
    seen, blind = counts[True], counts[False]
    assert measured["anchoring"]["all"] == [sum(seen), len(seen), sum(blind), len(blind)]
    assert len(seen) > 30 and len(blind) > 30

    suspected = measured["wrong_labels"]["questions"]["intent"]
    for item, label, likely, probability, of_label, _by in suspected["suspects"]:
        shares = [
            vote.distribution["intent"]
            for vote in Annotation.objects.votes().by_models().filter(item=item, distribution__has_key="intent")
        ]
        assert labels[item] == label != likely
        assert probability == pytest.approx(sum(each.get(likely, 0) for each in shares) / len(shares))
        assert of_label == pytest.approx(sum(each.get(label, 0) for each in shares) / len(shares))
    assert suspected["suspects"]


def shown(cast: Cast, name: str, role: Role) -> Figure:
    user = cast.lead if role == Role.MANAGER else cast.reviewer
    membership = Membership.objects.get(project=cast.project, user=user)
    return KINDS[name].present(membership, KINDS[name].measure(cast.project, Filters()))


def test_figures_about_people_models_and_labels_are_what_counting_row_by_row_gives(cast: Cast) -> None:
    populate(cast)
    for filters in (Filters(), MAIL):
        check_people(cast, filters)
        check_models(cast, filters)
        check_quality(cast, filters)
    assert list(BOARDS) == ["project", "people", "models", "quality", "synthetic"]

    # Who hurries is named to the lead, with the way to their page; a reviewer who is not to know meets letters.
    stat = next(each for each in shown(cast, "haste", Role.MANAGER).stats if each.label == "cem")
    assert stat.value is not None and "reading" in stat.value
    change_policy(cast.project, {"anonymous_review": True}, user=cast.lead)
    for kind in kinds_of("people"):
        hidden = shown(cast, kind.name, Role.REVIEWER)
        names = {row[0].text for row in hidden.rows}
        assert names and all(len(name) == 1 and name.isupper() for name in names), kind.name
        assert not any(cell.link for row in hidden.rows for cell in row) and "cem" not in repr(hidden), kind.name
        assert "cem" in {row[0].text for row in shown(cast, kind.name, Role.MANAGER).rows}
    assert "cem" not in repr(shown(cast, "anchoring", Role.REVIEWER))
    assert "cem" not in repr(shown(cast, "standing_in", Role.REVIEWER))
