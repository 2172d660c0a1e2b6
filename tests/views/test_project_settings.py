"""Guidelines and policy: what was typed is saved, or comes back with what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import POLICY as POLICY_KEYS
from annotation.models import Fitting, Project
from tests.cast import Cast
from tests.views.data import page, signed_in

POLICY = {
    "overlap": "3",
    "min_human": "2",
    "accept_threshold": "0.7",
    "target_accuracy": "0.9",
    "audit_share": "0.2",
    "blind_first": "on",
    "gold_rate": "0.1",
    "qualification_items": "5",
    "qualification_mark": "0.75",
    "fusion": "trust_one",
    "trusted": "second",
    "accept_by_class": "on",
    "review_share": "0.25",
    "resolution": "debate",
    "debate_rounds": "2",
    "dispute_budget": "0.5",
    "judge_settles": "settle",
}


def test_guidelines_become_a_new_version_only_where_they_changed(cast: Cast) -> None:
    client = signed_in(cast.lead)
    for text, version in (("Be *kind*.\r\nAlways.", 2), ("Be *kind*.\r\nAlways.", 2), ("Be strict.", 3)):
        assert client.post(page("settings", cast), {"save": "guidelines", "guidelines": text}).status_code == 302
        assert Project.objects.get(pk=cast.project.pk).guidelines_version == version
    assert cast.project.revisions.count() == 3


def test_guidelines_are_shown_as_sanitised_markdown(cast: Cast) -> None:
    client = signed_in(cast.lead)
    text = "Be **kind**. <script>alert(1)</script>"
    client.post(page("settings", cast), {"save": "guidelines", "guidelines": text})
    for address in ("settings", "annotate"):
        cast.add("one")
        html = client.get(page(address, cast)).content.decode()
        assert "<strong>kind</strong>" in html
        assert "<script>alert" not in html


def test_the_policy_is_saved_as_a_whole(cast: Cast) -> None:
    assert signed_in(cast.lead).post(page("settings", cast), POLICY | {"save": "policy"}).status_code == 302
    project = Project.objects.get(pk=cast.project.pk)
    assert (project.overlap, project.min_human, project.blind_first) == (3, 2, True)
    assert (project.accept_threshold, project.target_accuracy, project.audit_share) == (0.7, 0.9, 0.2)
    assert (project.gold_rate, project.gold_feedback) == (0.1, False)
    assert (project.qualification_items, project.qualification_mark) == (5, 0.75)
    assert (project.fusion, project.trusted, project.accept_by_class) == ("trust_one", "second", True)
    assert (project.resolution, project.debate_rounds) == ("debate", 2)
    assert (project.dispute_budget, project.judge_settles) == (0.5, "settle")
    assert Fitting.objects.get(project=project).fusion == "trust_one", "another way of fusing is fitted at once"


def test_every_key_of_the_policy_is_asked_for_once(cast: Cast) -> None:
    html = signed_in(cast.lead).get(page("settings", cast)).content.decode()
    assert {key: html.count(f'name="{key}"') for key in POLICY_KEYS} == dict.fromkeys(POLICY_KEYS, 1)


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"min_human": "4"}, "min_human"),
        ({"overlap": "0"}, "overlap"),
        ({"overlap": "99999999999999999999"}, "overlap"),
        ({"accept_threshold": "0.4"}, "accept_threshold"),
        ({"accept_threshold": "nan"}, "accept_threshold"),
        ({"target_accuracy": "1"}, "target_accuracy"),
        ({"audit_share": "-0.1"}, "audit_share"),
        ({"audit_share": ""}, "audit_share"),
        ({"fusion": "vote"}, "fusion"),
        ({"trusted": "other-annotator"}, "trusted"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_field(cast: Cast, fault: dict[str, Any], field: str) -> None:
    response = signed_in(cast.lead).post(page("settings", cast), POLICY | fault | {"save": "policy"})
    assert response.status_code == 422
    assert response.context["policy_form"].errors.get(field), response.context["policy_form"].errors
    assert Project.objects.get(pk=cast.project.pk).overlap == 1
