"""Pages by key under every order."""

from __future__ import annotations

import random
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from annotation.models import Item, Stage
from annotation.models.filters import ORDERS, Filters
from annotation.models.item import UNVOTED
from annotation.reports import walking
from annotation.reports.ordering import InvalidPlace, Place, counted, counted_soon, parse_place, slice_of_items
from tests.cast import Cast
from tests.workers import database_url


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
    assert _paged(cast, Filters(stage=stage), order) == (wanted, wanted)


def _paged(cast: Cast, filters: Filters, order: str) -> tuple[list[int], list[int]]:
    """All items, page by page from the first to the last, and back again."""
    forth: list[int] = []
    place: Place | None = None
    while True:
        page = slice_of_items(cast.project, filters, order=order, after=place, size=7)
        assert (page.previous is None) == (not forth)
        forth += page.items
        if page.next is None:
            break
        place = parse_place(str(page.next), order)
    back = page.items
    while page.previous is not None:
        page = slice_of_items(cast.project, filters, order=order, before=parse_place(str(page.previous), order), size=7)
        back = [*page.items, *back]
    return forth, back


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("window", [5, 25])
def test_pages_are_whole_where_what_fits_lies_together_or_far_away(
    cast: Cast, order: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "WINDOW", window)
    items = _scatter(cast, random.Random(order))
    cases: list[tuple[Filters, Callable[[Item], bool]]] = [
        # The last ten and one of the first; the words' own index; what no index knows.
        (Filters(search="5"), lambda item: item.fields["text"].split()[1].startswith("5")),
        (Filters(search="item"), lambda item: True),
        (Filters(search="tem 5", match="literal"), lambda item: "tem 5" in item.fields["text"]),
        (Filters(search="5", sure_to=0.4), lambda i: " 5" in i.fields["text"] and (i.sureness or 1) < 0.4),
        (Filters(disagreement=0.6), lambda item: item.disagreement > 0.6),
        (Filters(sure_from=0.5, stage="human"), lambda item: item.sureness == 0.5 and item.stage == "human"),
        (Filters(search="nonesuch"), lambda item: False),
    ]
    for filters, fits in cases:
        wanted = _sorted([item for item in items if fits(item)], order)
        assert _paged(cast, filters, order) == (wanted, wanted), filters


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


def test_a_page_does_not_wait_for_its_count(cast: Cast) -> None:
    cast.add("one", "two")
    assert counted_soon(cast.project, Filters()) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '25s'")
    # Whoever counts flags has to wait until this connection is closed.
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE annotation_flag IN ACCESS EXCLUSIVE MODE NOWAIT")
        assert counted_soon(cast.project, Filters(flagged=True)) is None
    assert counted_soon(cast.project, Filters(flagged=True)) == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("25s",), "the limit was meant for one statement"
