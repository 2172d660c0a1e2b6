"""Agreement equals α over the rows as they are, of people among themselves and of each model with people."""

from __future__ import annotations

from collections import defaultdict

import pytest

from annotation.models import Annotation
from annotation.reports import agreement_report
from tests.aggregation.test_agreement import by_definition
from tests.cast import Cast
from tests.reports.crowd import live_through


@pytest.mark.parametrize("seed", [1, 2])
def test_agreement_is_what_the_definition_gives(cast: Cast, seed: int) -> None:
    live_through(cast, seed)
    people: dict[int, list[str]] = defaultdict(list)
    model: dict[int, str] = {}
    for each in Annotation.objects.filter(project=cast.project).select_related("annotator"):
        if each.superseded_at is None and not each.advice:
            if each.annotator.is_human:
                people[each.item_id].append(each.answers["intent"])
            else:
                model[each.item_id] = each.answers["intent"]
    (comparison,) = agreement_report(cast.project)
    assert comparison.question == "intent"
    assert comparison.people.alpha == pytest.approx(by_definition(list(people.values())))
    assert comparison.people.items == sum(len(votes) > 1 for votes in people.values())
    pairs = [(answer, model[item]) for item, answers in people.items() for answer in answers if item in model]
    assert set(comparison.models) == {"Zero v1"}
    assert comparison.models["Zero v1"].alpha == pytest.approx(by_definition(pairs))
    assert comparison.models["Zero v1"].raw == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))


def test_a_project_without_answers_says_why_there_is_no_figure(cast: Cast) -> None:
    (comparison,) = agreement_report(cast.project)
    assert comparison.people.alpha is None
    assert comparison.people.undefined
