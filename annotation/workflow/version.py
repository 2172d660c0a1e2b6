"""Which version of this software wrote something that is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

# The product runs from its own folder and is not installed as a package.
_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
SOFTWARE = f"SynthWeb {tomllib.loads(_PROJECT.read_text('utf-8'))['project']['version']}"
