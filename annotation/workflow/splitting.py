"""Which split of a dataset an item belongs to: drawn from its content, so that every snapshot agrees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .errors import Refused

NAME = re.compile(r"[A-Za-z0-9_-]{1,20}\Z")
MOST = 10


def clean_splits(raw: Mapping[str, Any]) -> dict[str, float]:
    """{name: share} in the order given, shares summing to 1. Raises Refused."""
    if len(raw) > MOST:
        raise Refused(_("A dataset has at most %(most)s splits.") % {"most": MOST}, "splits")
    for name, share in raw.items():
        if not NAME.match(name):
            raise Refused(_("A split's name has at most 20 letters, digits, - and _."), "splits")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise Refused(_("The share of “%(name)s” is a number above 0 and at most 1.") % {"name": name}, "splits")
    if raw and abs(sum(raw.values()) - 1) > 1e-6:
        raise Refused(
            _("The shares of the splits sum to %(sum)s, not to 1.") % {"sum": format(sum(raw.values()), "g")},
            "splits",
        )
    return {name: float(share) for name, share in raw.items()}


def split_of(content_hash: bytes, splits: Mapping[str, float]) -> str:
    """The split whose interval of [0, 1) the hash falls into."""
    # Bytes 4 to 8: the first four decide about the audit (workflow/storing.py), and the two draws are independent.
    drawn, reached, name = int.from_bytes(content_hash[4:8], "big") / 2**32, 0.0, ""
    for name, share in splits.items():
        reached += share
        if drawn < reached:
            return name
    return name
