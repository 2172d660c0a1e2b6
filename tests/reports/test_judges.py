"""What sways a judge, told from its own turns and beside people's answers; and who sits with relatives."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Labeler
from annotation.reports.judges import biases_of, shared_families
from annotation.workflow.annotating import submit
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.runs import finish
from tests.workflow.test_debating import bench, judge, pairs, resolved


def test_places_are_found_out_in_both_orders(cast: Cast) -> None:
    pairs(cast)
    bench(cast, "panel", "yes")
    script = {"rules": [{"contains": "", "asked": "- yes\n- no", "answer": "yes"}], "default": {"answer": "no"}}
    leaning = add_labeler(cast.project, name="Leaning", kind="judge", config={"llm": "scripted", "script": script})
    cast.add("one", "two")
    for person, answer in ((cast.annotator, "yes"), (cast.annotator, "no"), (cast.second, "no"), (cast.second, "yes")):
        submit(assignment=cast.claim(person), answers={"safe": answer})
    table = resolved(cast).labeler
    found = biases_of(cast.project, leaning)
    assert (found.turned.value, found.first.value, found.turned.count) == (1.0, 1.0, 2)
    both = biases_of(cast.project, table)
    assert (both.turned.value, both.first.value, both.turned.count) == (0.5, 0.75, 4)


def test_siding_with_ones_family_is_measured_beside_people(cast: Cast) -> None:
    """On items where a relative says refund, the judge always does, and people half of the time."""
    cast.add(*(f"message {number}" for number in range(4)))
    config = {"llm": "scripted", "script": {"default": {"answer": "refund"}}}
    finish(start_run(add_labeler(cast.project, name="Kin", kind="prompted", config=config)))
    cast.policy(overlap=2, min_human=2, blind_first=True)
    ruling = judge(cast, "Judge of its kind", answer="refund")
    for person, intent in ((cast.annotator, "refund"), (cast.second, "delivery")):
        for _ in range(4):
            cast.answer(person, intent)
    resolved(cast)
    found = biases_of(cast.project, ruling)
    assert (found.family, found.relatives) == ("scripted", ("Kin v1",))
    assert (found.own_family.value, found.own_family.count) == (pytest.approx(0.5), 4)
    Annotation.objects.filter(annotator__kind="human").update(suggestion_seen=True)
    assert biases_of(cast.project, ruling).own_family.count == 0, "people who saw the relative's answer are no measure"


def test_without_evidence_nothing_is_said(cast: Cast) -> None:
    found = biases_of(cast.project, Labeler.objects.get(project=cast.project, kind="judge"))
    assert (found.turned.value, found.own_family.value, found.longer) == (None, None, None)


def test_relatives_are_named_by_the_models_behind_their_connections(cast: Cast) -> None:
    add_connection(Settings("here", "http://10.0.0.7/v1", "meta-llama/Llama-3.1-8B"), by=cast.lead)
    add_connection(Settings("there", "http://10.0.0.8/v1", "llama3.2:3b"), by=cast.lead)
    assert shared_families([{"llm": "here"}, {"llm": "there"}, {"llm": "local"}]) == ["Llama"]
    assert shared_families([{"llm": "here"}, {"llm": "local"}]) == []
