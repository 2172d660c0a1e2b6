"""A generated text is put right before people answer it, and its rationale is checked step by step."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Candidate, Event, Fate, Item, JobState, Source, SynthesisRun, Verb
from annotation.reports.rationales import rationales_of, steps_of
from annotation.workflow.checking_rationales import check_rationale, find_unchecked
from annotation.workflow.errors import Refused
from annotation.workflow.rewriting import rewrite_item
from tests.cast import Cast
from tests.views.data import page, signed_in

pytestmark = pytest.mark.django_db
VOTED = [{"annotator": "bert", "kind": "model", "answers": {"intent": "refund"}}]


def a_candidate(cast: Cast, text: str, **values: object) -> Candidate:
    run, _new = SynthesisRun.objects.get_or_create(
        project=cast.project,
        recipe="eda",
        defaults={
            "recipe_version": 1,
            "schema_version": 1,
            "state": JobState.DONE,
            "drawn": {"seeds": [], "documents": []},
        },
    )
    [item] = cast.add(text, annotations=VOTED)
    Item.objects.filter(pk=item.pk).update(source=Source.RECIPE)
    number = run.candidates.count()
    return Candidate.objects.create(
        run=run, number=number, fate=Fate.KEPT, item=item, fields={"text": text}, answers={"intent": "refund"}, **values
    )


def test_a_rewritten_text_is_the_item_and_the_old_one_stays_beside_it(cast: Cast) -> None:
    made, imported = a_candidate(cast, "I wants my money"), cast.add("imported")[0]
    lead = signed_in(cast.lead)
    address = page("candidate_rewrite", cast, made.pk)
    shown = lead.post(address, {"field-text": "I want my money <b>"}, follow=True).content.decode()
    assert "<del>wants</del><ins>want</ins>" in shown and "money &lt;b&gt;" in shown
    item = Item.objects.get(pk=made.item_id)
    assert (item.fields, made.fields) == ({"text": "I want my money <b>"}, {"text": "I wants my money"})
    assert (item.stage, Annotation.objects.current().filter(item=item).count()) == ("new", 0)
    told = Event.objects.get(verb=Verb.ITEM_REWRITTEN)
    assert (told.user, told.data["before"]) == (cast.lead, {"text": "I wants my money"})
    for fields, said in (
        ({"text": "imported"}, "has this content"),
        ({"text": ""}, "text"),
        ({"title": "x"}, "no field"),
    ):
        with pytest.raises(Refused, match=said):
            rewrite_item(item, fields, user=cast.lead)
    with pytest.raises(Refused, match="Only generated"):
        rewrite_item(imported, {"text": "other"}, user=cast.lead)
    cast.project.items.exclude(pk=item.pk).delete()
    lease = cast.claim(cast.annotator)
    with pytest.raises(Refused, match="People have begun"):
        rewrite_item(lease.item, {"text": "other"}, user=cast.lead)
    cast.answer_lease(lease, "refund")
    assert "it stays as they saw it" in lead.get(page("candidate", cast, made.pk)).content.decode()


def test_steps_are_lines_or_sentences() -> None:
    assert steps_of("1. It came late.\n\n2. So money is due. Soon.") == [
        "1. It came late.",
        "2. So money is due. Soon.",
    ]
    assert steps_of("It came late. So money is due!  Really.") == ["It came late.", "So money is due!", "Really."]
    assert steps_of("  ") == []
    assert len(steps_of("a\n" * 500)) == 100


def test_rationales_are_checked_step_by_step_those_first_that_were_written_with_the_answer(cast: Cast) -> None:
    plain = a_candidate(cast, "plain", rationale="It says refund. So it is one.")
    hinted = a_candidate(cast, "hinted", rationale="<b>It</b> is a refund.", hinted=True)
    run, lead = plain.run, signed_in(cast.lead)
    first = lead.get(page("rationales", cast, run.pk), follow=True)
    assert first.redirect_chain[-1][0] == page("candidate", cast, hinted.pk)
    assert "&lt;b&gt;It&lt;/b&gt; is a refund." in first.content.decode()
    after = lead.post(page("candidate_steps", cast, hinted.pk), {"step-0": "wrong"}, follow=True)
    assert after.redirect_chain[-1][0] == page("candidate", cast, plain.pk)
    left_out = lead.post(page("candidate_steps", cast, plain.pk), {"step-0": "right"}, follow=True)
    assert "Say of every step" in left_out.content.decode()
    with pytest.raises(Refused, match="has 2 steps"):
        check_rationale(plain, [True], user=cast.lead)
    done = lead.post(page("candidate_steps", cast, plain.pk), {"step-0": "right", "step-1": "right"}, follow=True)
    assert done.redirect_chain[-1][0] == page("strata", cast, run.pk)
    found = rationales_of(run)
    assert (found.items, found.checked, found.faulty, found.known_faulty) == (2, 2, 1, 1)
    assert find_unchecked(run) is None
