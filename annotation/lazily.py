"""Libraries that take long to import, and are needed only where something is really of their kind.

A web process that only lists formats, recipes and filters must not pay for pyarrow, spaCy or Presidio.
"""

from __future__ import annotations

import importlib
from typing import Any


class Library:
    """A module that is imported when something of it is first asked for: `parquet = Library("pyarrow.parquet")`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
