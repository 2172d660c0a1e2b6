"""Addresses of servers elsewhere, as administrators enter them: of language models, and of who hears webhooks.

Private and loopback addresses are fine: teams run their models in their own network, and it is administrators who
decide.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

# Printable ASCII without spaces.
PLAIN = re.compile(r"[\x21-\x7e]*")


def parts_of(url: str) -> SplitResult | None:
    """The parts of an address that HTTP can call; None where it is none."""
    try:
        parts = urlsplit(url)
        # Reading the port is what tells an impossible one.
        possible = parts.port is None or parts.port > 0
    except ValueError:
        return None
    return parts if possible and parts.scheme in ("http", "https") and parts.hostname else None


def has_password(parts: SplitResult) -> bool:
    return parts.username is not None or parts.password is not None
