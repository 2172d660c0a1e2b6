"""A list in pages by key: where the address says that a page begins, and the addresses of its neighbours."""

from __future__ import annotations

from typing import Any, TypedDict

from annotation.forms.paging import CursorForm
from annotation.reports.keyset import Slice

from .requests import SignedInRequest


class Ends(TypedDict):
    """The id that the page follows, or that it comes before."""

    after: int | None
    before: int | None


def ends_of(request: SignedInRequest) -> Ends:
    """As `slice_of` takes them. What is no id is as if it were not there."""
    form = CursorForm(request.GET)
    form.is_valid()
    return {"after": form.cleaned_data.get("after"), "before": form.cleaned_data.get("before")}


def neighbours(found: Slice[Any], address: str = "") -> dict[str, str | None]:
    """For `components/pagination.html`; None at the ends of the list."""
    return {
        "previous_url": f"{address}?before={found.previous}" if found.previous else None,
        "next_url": f"{address}?after={found.next}" if found.next else None,
    }
