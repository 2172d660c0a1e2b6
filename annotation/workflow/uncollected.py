"""Work on rows by the thousand without the search for cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Rows make no cycles: to look for some among a hundred thousand live objects, again and again, would take a third
    of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
