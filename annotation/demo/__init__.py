"""The demo project: about 300 support messages of an invented bicycle and outdoor shop, written for SynthWeb.

`project.json` has name, guidelines, fields and questions; `messages.jsonl` the items with hidden gold, in the shape of
the JSON Lines reader. Read both through PROJECT and MESSAGES.
"""

from pathlib import Path

PROJECT = Path(__file__).parent / "project.json"
MESSAGES = Path(__file__).parent / "messages.jsonl"
