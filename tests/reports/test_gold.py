"""Accuracy on hidden check items equals checking each answer by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.models import Annotation, Consensus
from annotation.reports.gold import gold_report
from tests.cast import Cast
from tests.reports.crowd import live_through


@pytest.mark.parametrize("seed", [1, 2])
def test_gold_is_what_checking_by_hand_gives(cast: Cast, seed: int) -> None:
    live_through(cast, seed)
    checked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for each in Annotation.objects.filter(project=cast.project).select_related("annotator", "item"):
        if each.superseded_at is None and not each.advice and each.item.gold:
            checked[each.annotator.name] += 1
            right[each.annotator.name] += each.answers["intent"] == each.item.gold["intent"]
    settled = [
        each.value == each.item.gold["intent"]
        for each in Consensus.objects.filter(project=cast.project).select_related("item")
        if each.item.gold and each.item.stage == "settled"
    ]
    report = gold_report(cast.project)
    assert report["annotators"] == {name: {"right": right[name], "checked": checked[name]} for name in checked}
    assert report["settled_labels"] == {"right": sum(settled), "checked": len(settled)}
    assert settled
