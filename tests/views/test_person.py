"""A member's page, the terms they work on, and their qualification, as a lead and they themselves see it."""

from __future__ import annotations

import csv

from django.test import Client

from annotation.models import Annotator, Item, Membership, Stage
from annotation.workflow.annotating import submit
from tests.cast import Cast
from tests.views.data import page, signed_in

SECRET = "known-to-the-lead-alone"


def member(cast: Cast, name: str = "annotator") -> int:
    return Membership.objects.get(project=cast.project, user__username=name).pk


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def known(cast: Cast, count: int, answer: str = "refund", **policy: object) -> None:
    """Known items that are nobody's work, and one that is."""
    reason = {"metadata": {"gold_reason": SECRET}}
    items = cast.add(*(f"known {number}" for number in range(count)), gold={"intent": answer}, **reason)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(stage=Stage.SETTLED)
    cast.add("work")
    cast.policy(**policy)


def shown(client: Client, cast: Cast) -> dict[str, str]:
    context = client.get(page("annotate", cast)).context
    return {"url": context["submit_url"], "key": context["idempotency_key"]}


def send(client: Client, cast: Cast, intent: str, **headers: str) -> object:
    card = shown(client, cast)
    data = {"answer-intent": intent, "idempotency_key": card["key"]}
    return client.post(card["url"], data, **headers)  # type: ignore[arg-type]


def test_terms_are_saved_and_what_cannot_be_is_refused_at_its_field(cast: Cast) -> None:
    client, address = signed_in(cast.lead), page("member_terms", cast, member(cast))
    saved = client.post(address, {"weight": "0.5", "daily_cap": "20", "paused": "on"})
    assert saved.status_code == 302
    row = Membership.objects.get(pk=member(cast))
    assert (row.daily_cap, row.paused, row.assigned_only) == (20, True, False)
    assert Annotator.objects.get(user=cast.annotator, project=cast.project).weight == 0.5
    refused = client.post(address, {"weight": "11", "daily_cap": "0"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"weight", "daily_cap"}
    client.post(address, {"weight": "1"})
    assert Membership.objects.get(pk=member(cast)).paused is False


def test_a_person_sees_their_own_figures_and_nobody_elses(cast: Cast) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    own = signed_in(cast.annotator).get(page("my_work", cast))
    assert own.context["work"].answers == 1
    assert own.context["form"] is None
    assert "second" not in text(own)
    lead = signed_in(cast.lead).get(page("member", cast, member(cast)))
    assert lead.context["work"].answers == 1


def test_the_table_of_answers_is_safe_in_a_spreadsheet_and_tells_checks_to_the_lead_alone(cast: Cast) -> None:
    cast.add("one", external_id="=cmd()", gold={"intent": "refund"})
    cast.answer(cast.annotator, "refund")
    rows = {}
    for user, name, arguments in ((cast.lead, "member_csv", [member(cast)]), (cast.annotator, "my_answers_csv", [])):
        response = signed_in(user).get(page(name, cast, *arguments))
        assert "attachment" in response["Content-Disposition"]
        lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        [rows[name]] = list(csv.DictReader(lines))
    assert rows["member_csv"]["external_id"] == "'=cmd()"
    assert rows["member_csv"]["check"] == "right"
    assert "check" not in rows["my_answers_csv"]


def test_no_byte_of_a_known_answer_leaves_before_the_own_one(cast: Cast) -> None:
    known(cast, 3, answer="other", qualification_items=2, gold_feedback=True)
    Item.objects.filter(gold__isnull=False).update(gold={"intent": "other"}, metadata={"gold_reason": SECRET})
    client = signed_in(cast.annotator)
    for name in ("annotate", "qualification", "my_work", "project_overview"):
        assert SECRET not in text(client.get(page(name, cast))), name
    api = cast.api(cast.annotator)
    claimed = api.post(cast.url("claims"), {}).json()
    assert "gold" not in str(claimed)
    assert SECRET not in str(claimed)
    body = {"assignment": claimed["assignment"], "answers": {"intent": "refund"}}
    told = api.post(cast.url("annotations"), body).json()
    assert told["check"] == {"wrong": {"intent": "other"}, "reason": SECRET}


def test_feedback_says_what_was_known_and_why_only_where_the_project_wants_it(cast: Cast) -> None:
    known(cast, 3, qualification_items=3)
    client = signed_in(cast.annotator)
    desk = {"HTTP_X_DESK": "1"}
    silent = send(client, cast, "other", **desk)
    assert SECRET not in text(silent)
    assert "known answer" not in text(silent)
    cast.policy(gold_feedback=True)
    wrong = text(send(client, cast, "other", **desk))
    assert "The known answer is" in wrong
    assert SECRET in wrong
    last = text(send(client, cast, "refund", **desk))
    assert "Not passed: 1 of 3 were right." in last


def test_who_is_given_nothing_is_told_why(cast: Cast) -> None:
    known(cast, 1)
    client, lead, terms = signed_in(cast.annotator), signed_in(cast.lead), page("member_terms", cast, member(cast))
    lead.post(terms, {"weight": "1", "paused": "on"})
    assert "You are paused" in text(client.get(page("annotate", cast)))
    lead.post(terms, {"weight": "1", "assigned_only": "on"})
    assert "Nothing is assigned to you" in text(client.get(page("annotate", cast)))
    cast.policy(qualification_items=2)
    assert "Not ready yet" in text(client.get(page("annotate", cast)))
    cast.policy(qualification_items=0)
    lead.post(terms, {"weight": "1", "daily_cap": "1"})
    submit(assignment=cast.claim(cast.annotator), answers={"intent": "refund"})
    assert "Enough for today" in text(client.get(page("annotate", cast)))


def test_a_lead_gives_another_round_or_waives_it(cast: Cast) -> None:
    known(cast, 3, qualification_items=1)
    client, address = signed_in(cast.lead), page("member_qualification", cast, member(cast))
    submit(assignment=cast.claim(cast.annotator), answers={"intent": "other"})
    assert "Not passed" in text(signed_in(cast.annotator).get(page("qualification", cast)))
    client.post(address, {"decision": "retry"})
    assert signed_in(cast.annotator).get(page("qualification", cast)).context["round"]["running"]
    client.post(address, {"decision": "waive"})
    assert cast.claim(cast.annotator).item.fields["text"] == "work"
