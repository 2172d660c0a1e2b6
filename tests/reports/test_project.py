"""The whole report, as the API answers it."""

from __future__ import annotations

import json
from collections import Counter

from annotation.models import Consensus
from annotation.reports import project_report
from tests.cast import Cast
from tests.reports.crowd import live_through


def test_the_report_is_json_and_its_parts_agree(cast: Cast) -> None:
    live_through(cast, 1)
    report = json.loads(json.dumps(project_report(cast.project)))
    assert sum(report["progress"]["stages"].values()) == report["progress"]["total"] == 40
    settled = Consensus.objects.filter(project=cast.project, item__stage="settled")
    assert report["quality"]["decided_by"] == Counter(settled.values_list("decided_by", flat=True))
    assert report["quality"]["licensed"] is False
    assert report["cost"]["tokens"] > 0
    assert report["agreement"]["intent"]["people"]["alpha"] is not None


def test_an_empty_project_has_a_report_too(cast: Cast) -> None:
    report = project_report(cast.project)
    assert report["agreement"]["intent"]["people"]["undefined"]
