"""Pages by key, in both directions."""

from __future__ import annotations

import pytest

from annotation.models import Item
from annotation.reports.keyset import Slice, slice_of
from tests.cast import Cast


def texts(found: Slice[Item]) -> str:
    return "".join(item.fields["text"] for item in found.rows)


@pytest.mark.parametrize(("newest_first", "pages"), [(False, ["ab", "cd", "e"]), (True, ["ed", "cb", "a"])])
def test_pages_lead_on_to_the_end_and_back_to_the_start(cast: Cast, newest_first: bool, pages: list[str]) -> None:
    cast.add(*"abcde")
    items = Item.objects.filter(project=cast.project)
    seen = [slice_of(items, after=None, before=None, size=2, newest_first=newest_first)]
    assert seen[0].previous is None
    while (place := seen[-1].next) is not None:
        seen.append(slice_of(items, after=place, before=None, size=2, newest_first=newest_first))
    assert [texts(found) for found in seen] == pages
    back = [seen[-1]]
    while (place := back[-1].previous) is not None:
        back.append(slice_of(items, after=None, before=place, size=2, newest_first=newest_first))
    assert [texts(found) for found in back] == pages[::-1]
    assert back[-1].next == seen[0].next


def test_a_page_of_rows_that_went_meanwhile_is_empty_and_leads_nowhere(cast: Cast) -> None:
    [item] = cast.add("a")
    found = slice_of(Item.objects.filter(project=cast.project), after=item.pk, before=None, size=2)
    assert found == Slice([], None, None)
