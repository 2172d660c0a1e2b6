"""Pages by key under every order."""

from __future__ import annotations

import random

import pytest

from annotation.models import Item, Stage
from annotation.models.filters import ORDERS, Filters
from annotation.models.item import UNVOTED
from annotation.reports.ordering import InvalidPlace, Place, counted, parse_place, slice_of_items
from tests.cast import Cast


def _scatter(cast: Cast, dice: random.Random) -> list[Item]:
    cast.foreign.add(*(f"theirs {number}" for number in range(20)))
    items = cast.add(*(f"item {number}" for number in range(60)))
    for item in items:
        # Few values, so that many items stand level.
        Item.objects.filter(pk=item.pk).update(
            stage=dice.choice(Stage.values),
            sureness=dice.choice([None, 0.1, 0.5, 1 / 3]),
            disagreement=dice.choice([0, 0.25, 2 / 3]),
            priority=dice.choice([0, 0.1, 0.7]),
        )
    return list(Item.objects.filter(project=cast.project))


def _sorted(items: list[Item], order: str) -> list[int]:
    keys = {
        "oldest": lambda item: (item.pk,),
        "newest": lambda item: (-item.pk,),
        "least_sure": lambda item: (UNVOTED if item.sureness is None else item.sureness, item.pk),
        "most_disagreed": lambda item: (-item.disagreement, item.pk),
        "priority": lambda item: (-item.priority, item.pk),
    }
    return [item.pk for item in sorted(items, key=keys[order])]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stage", ["", "human"])
def test_pages_are_the_whole_order_forth_and_back(cast: Cast, order: str, stage: str) -> None:
    items = _scatter(cast, random.Random(order))
    wanted = _sorted([item for item in items if not stage or item.stage == stage], order)
    filters = Filters(stage=stage)
    forth: list[int] = []
    place: Place | None = None
    while True:
        page = slice_of_items(cast.project, filters, order=order, after=place, size=7)
        assert (page.previous is None) == (not forth)
        forth += page.items
        if page.next is None:
            break
        place = parse_place(str(page.next), order)
    assert forth == wanted
    back = page.items
    while page.previous is not None:
        page = slice_of_items(cast.project, filters, order=order, before=parse_place(str(page.previous), order), size=7)
        back = [*page.items, *back]
    assert back == wanted


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_comes_and_goes_meanwhile_every_other_item_is_seen_once(cast: Cast, order: str) -> None:
    dice = random.Random(order)
    items = _scatter(cast, dice)
    stay = {item.pk for item in items[::2]}
    seen: list[int] = []
    place: Place | None = None
    number = 0
    while True:
        page = slice_of_items(cast.project, Filters(), order=order, after=place, size=6)
        seen += page.items
        if page.next is None:
            break
        place = page.next
        gone = dice.choice([item.pk for item in items if item.pk not in stay])
        Item.objects.filter(pk=gone).delete()
        moved = Item.objects.filter(pk=dice.choice([item.pk for item in items if item.pk not in stay]))
        moved.update(priority=dice.random(), sureness=dice.random(), disagreement=dice.random(), stage="review")
        cast.add(f"new {(number := number + 1)}")
    assert len([pk for pk in seen if pk in stay]) == len(stay)
    assert stay <= set(seen)


@pytest.mark.parametrize("raw", ["", "x", "1~", "~1", "nan~1", "inf~1", "1~2~3", "-1", "1~99999999999999999999", "²"])
def test_what_is_no_place_is_refused(raw: str) -> None:
    for order in ("oldest", "priority"):
        with pytest.raises(InvalidPlace):
            parse_place(raw, order)


def test_a_place_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidPlace):
        parse_place("12", "priority")
    with pytest.raises(InvalidPlace):
        parse_place("0.5~12", "newest")


def test_counting_stops_where_nobody_pages(cast: Cast) -> None:
    cast.add(*(f"item {number}" for number in range(7)))
    assert counted(cast.project, Filters(), most=5) == 6
    assert counted(cast.project, Filters(), most=7) == 7
