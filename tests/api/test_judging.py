"""Debates as JSON, and tests of judges through the API."""

from __future__ import annotations

from annotation.models import JudgeTrial, Labeler
from tests.cast import Cast
from tests.runs import finish
from tests.workflow.test_debating import bench, disputed, resolved
from tests.workflow.test_judging import answered_by_three


def test_a_debate_is_told_turn_by_turn_and_by_letters(cast: Cast) -> None:
    bench(cast, "debate", "refund", {"fault": "refusal"}, "refund")
    [item] = disputed(cast)
    run = resolved(cast)
    [told] = cast.api(cast.reviewer).get(cast.url("items", item.pk, "debate")).json()["results"]
    assert (told["run"], told["kind"], told["trial"], told["over"]) == (run.pk, "debate", False, True)
    assert (told["answers"], told["tokens"]) == ({"intent": "refund"}, run.tokens)
    assert [each["speaker"] for each in told["statements"]] == ["A", "B", "C"]
    said = [each["said"][0] for each in told["statements"]]
    assert [each["answer"] for each in said] == ["refund", None, "refund"]
    assert said[1]["failure"]
    assert "Judge 0" not in str(told["statements"])


def test_a_judge_is_tested_and_its_looks_are_listed(cast: Cast) -> None:
    cast.policy(overlap=3, min_human=3, accept_threshold=0.6, fusion="majority")
    answered_by_three(cast)
    judge = Labeler.objects.get(project=cast.project, kind="judge")
    address = cast.url("labelers", judge.pk, "trials")
    assert cast.api(cast.lead).post(address, {"items": 501}, format="json").status_code == 400
    started = cast.api(cast.lead).post(address, {"items": 40, "budget": 2.5}, format="json")
    assert (started.status_code, started.json()["purpose"], started.json()["total"]) == (202, "trial", 40)
    finish(judge.runs.get())
    [look] = cast.api(cast.reviewer).get(address).json()["results"]
    assert look["passed"] == JudgeTrial.objects.get().passed
    assert (look["items"], len(look["contests"])) == (40, 3)
    again = cast.api(cast.lead).post(address, {}, format="json")
    assert again.status_code == 409, "every settled item has been asked about"
