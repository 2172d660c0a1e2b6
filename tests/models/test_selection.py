"""Filters against plain Python on random items; words; and what is no filter."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation, Annotator, Flag, Item, Stage
from annotation.models.filters import PARAMETERS, Filters, InvalidFilter, parse_filters
from annotation.models.selection import select
from annotation.workflow.adding import add_items
from annotation.workflow.changing_many import change_items, request_change
from tests.cast import OPTIONS, Cast

WORDS = ["parcel", "Größe", "refund", "late", "box", "x-ray", "日本語", "O'Hara"]


def texts_found(cast: Cast, **asked: str) -> set[str]:
    filters = parse_filters(asked, cast.project, may_manage=True)
    return {item.fields["text"] for item in select(cast.project, filters)}


def _filled(cast: Cast, dice: random.Random) -> None:
    cast.policy(overlap=2, min_human=2)
    shares = [{"intent": {"refund": p, "delivery": round(1 - p, 2), "other": 0.0}} for p in (0.9, 0.6, 0.3)]
    entries = []
    for number in range(60):
        votes: list[dict[str, Any]] = [
            {"annotator": name, "answers": {"intent": dice.choice(OPTIONS)}}
            for name in ("ada", "bob")
            if dice.random() < 0.5
        ]
        if dice.random() < 0.5:
            vote = dice.choice(shares)
            leads = max(vote["intent"], key=vote["intent"].__getitem__)
            votes.append({"annotator": "gpt", "answers": {"intent": leads}, "distribution": vote})
        entries.append(
            {
                "fields": {"text": f"{' '.join(dice.choices(WORDS, k=4))} {number}"},
                "metadata": {"channel": dice.choice(["mail", "chat"]), "tags": dice.sample(["a", "b", "c"], 2)},
                "gold": {"intent": "other"} if dice.random() < 0.2 else {},
                "annotations": votes,
            }
        )
    added = add_items(cast.project, entries)
    assert added.created == len(entries)
    items = list(Item.objects.filter(project=cast.project).order_by("pk"))
    for item in dice.sample(items, 20):
        Item.objects.filter(pk=item.pk).update(
            split=dice.choice(["train", "test"]),
            source=dice.choice(["recipe", "imported"]),
            audit=True,
            created_at=timezone.now() - timedelta(days=dice.randrange(9)),
        )
        Annotation.objects.filter(item=item).update(created_at=timezone.now() - timedelta(days=dice.randrange(9)))
        item.parents.add(items[0])
        Flag.objects.create(project=cast.project, item=item, user=cast.annotator, reason="odd")
    decided = [item.pk for item in dice.sample(items, 8)]
    details = {"answers": {"intent": "delivery"}}
    change_items(request_change(cast.project, action="label", among=decided, details=details, user=cast.reviewer).pk)


@pytest.mark.django_db(transaction=True)
def test_every_filter_finds_what_plain_python_finds(cast: Cast) -> None:
    dice = random.Random(4)
    _filled(cast, dice)
    items = list(Item.objects.filter(project=cast.project).order_by("pk"))
    leads = {item.pk: {row.question: row for row in item.consensus.all()} for item in items}
    votes = {item.pk: list(Annotation.objects.votes().filter(item=item)) for item in items}
    ada = Annotator.objects.get(project=cast.project, name="ada")
    today = timezone.now().date()
    earlier = today - timedelta(days=4)

    def apart(item: Item) -> float:
        said = [vote.answers["intent"] for vote in votes[item.pk]]
        pairs = [(a, b) for place, a in enumerate(said) for b in said[place + 1 :]]
        return sum(a != b for a, b in pairs) / len(pairs) if pairs else 0.0

    def sure(item: Item) -> float:
        return min((row.posterior for row in leads[item.pk].values()), default=-1)

    def day(moment: datetime) -> Any:
        return moment.astimezone(UTC).date()

    def human_days(item: Item) -> list[Any]:
        return [day(vote.created_at) for vote in votes[item.pk] if vote.annotator.is_human]

    oracle: dict[str, tuple[dict[str, str], Callable[[Item], bool]]] = {
        "stage": ({"stage": "disputed"}, lambda item: item.stage == Stage.DISPUTED),
        "label": ({"label": "refund"}, lambda item: any(row.value == "refund" for row in leads[item.pk].values())),
        "decided": ({"decided_by": "model"}, lambda i: any(row.decided_by == "model" for row in leads[i.pk].values())),
        "reviewer": ({"decided_by": "reviewer"}, lambda item: item.resolutions.exists()),
        "sure": ({"sure_from": "0.5", "sure_to": "0.9"}, lambda item: 0.5 <= sure(item) <= 0.9),
        "apart": ({"disagreement": "0.6"}, lambda item: apart(item) >= 0.6),
        "by": ({"answered_by": str(ada.pk)}, lambda i: ada.pk in [vote.annotator_id for vote in votes[i.pk]]),
        "not by": ({"not_answered_by": str(ada.pk)}, lambda i: ada.pk not in [v.annotator_id for v in votes[i.pk]]),
        "fact": ({"metadata": "channel=mail"}, lambda item: item.metadata["channel"] == "mail"),
        "fact in a list": ({"metadata": "tags=b"}, lambda item: "b" in item.metadata["tags"]),
        "imported": ({"imported_to": str(earlier)}, lambda item: day(item.created_at) <= earlier),
        "answered": ({"answered_from": str(earlier)}, lambda item: any(d >= earlier for d in human_days(item))),
        "settled": ({"settled_from": str(today)}, lambda item: bool(item.settled_at)),
        "source": ({"source": "recipe"}, lambda item: item.source == "recipe"),
        "split": ({"split": "test"}, lambda item: item.split == "test"),
        "parent": ({"parent": str(items[0].pk)}, lambda item: item.parents.filter(pk=items[0].pk).exists()),
        "child": ({"child": str(items[5].pk)}, lambda item: item.children.filter(pk=items[5].pk).exists()),
        "flagged": ({"flagged": "yes"}, lambda item: item.flags.exists()),
        "not flagged": ({"flagged": "no"}, lambda item: not item.flags.exists()),
        "waiting": ({"reason": "waiting"}, lambda item: item.stage in (Stage.DISPUTED, Stage.REVIEW)),
        "disputed": (
            {"reason": "disputed"},
            lambda i: (
                i.stage in (Stage.DISPUTED, Stage.REVIEW)
                and len({vote.answers["intent"] for vote in votes[i.pk] if vote.annotator.is_human}) > 1
            ),
        ),
        "seen to": ({"reason": "flagged"}, lambda item: item.flags.exists()),
        "audit": ({"audit": "yes"}, lambda item: item.audit),
        "gold": ({"gold": "no"}, lambda item: item.gold is None),
        "words": ({"search": "LATE parc"}, lambda i: {"late", "parcel"} <= set(i.fields["text"].lower().split())),
        "phrase": ({"search": '"late box"'}, lambda item: "late box" in item.fields["text"]),
        "without": ({"search": "late -box"}, lambda i: "late" in i.fields["text"] and "box" not in i.fields["text"]),
        "literal": ({"search": "cel la", "match": "literal"}, lambda item: "cel la" in item.fields["text"]),
        "umlaut": ({"search": "GRÖ"}, lambda item: "Größe" in item.fields["text"]),
        "no spaces": ({"search": "本語"}, lambda item: "日本語" in item.fields["text"]),
        "hyphen": ({"search": "x-ray"}, lambda item: "x-ray" in item.fields["text"]),
        "quote": ({"search": "O'Har"}, lambda item: "O'Hara" in item.fields["text"]),
        "both": (
            {"label": "intent:delivery", "metadata": "channel=chat"},
            lambda i: i.metadata["channel"] == "chat" and any(r.value == "delivery" for r in leads[i.pk].values()),
        ),
    }
    found_some = 0
    for name, (asked, fits) in oracle.items():
        wanted = {item.fields["text"] for item in items if fits(item)}
        assert texts_found(cast, **asked) == wanted, name
        found_some += 0 < len(wanted) < len(items)
    # A filter that finds all or nothing here would prove nothing.
    assert found_some >= len(oracle) - 2
    asked_for = {name for asked, _ in oracle.values() for name in asked}
    assert asked_for >= set(PARAMETERS) - {"imported_from", "settled_to", "answered_to"}


HOSTILE = ["'", "a:*b", "\\", "|&!()", "<->", "😀", '"', '""', "-", "a & | b", "100 %_'", "ŉ"]


@pytest.mark.parametrize("search", HOSTILE)
def test_whatever_is_looked_for_is_no_operator(cast: Cast, search: str) -> None:
    cast.add(f"before {search} after", "something else")
    assert texts_found(cast, search=search) >= ({f"before {search} after"} if search != "-" else set())


def test_words_of_a_very_long_text_are_found_as_far_as_postgresql_lets_them(cast: Cast) -> None:
    cast.add("".join(chr(0x10400 + n % 40) + chr(0x10400 + n // 40 % 40) + f"{n} " for n in range(22_000)))
    assert len(texts_found(cast, search=chr(0x10400) + chr(0x10400) + "0")) == 1


def test_filters_read_back_what_they_say(cast: Cast) -> None:
    asked = {"search": "a b", "match": "literal", "stage": "new", "sure_from": "0.25", "imported_from": "2026-01-02"}
    filters = parse_filters(asked, cast.project, may_manage=False)
    assert filters.asked == asked
    assert parse_filters(filters.asked, cast.project, may_manage=False) == filters
    assert Filters().asked == {}


def test_what_is_wrong_is_said_of_each_parameter(cast: Cast) -> None:
    with pytest.raises(InvalidFilter) as refusal:
        parse_filters({"stage": "x", "sure_to": "2", "gold": "yes", "search": "ok"}, cast.project, may_manage=False)
    assert set(refusal.value.errors) == {"stage", "sure_to", "gold"}
