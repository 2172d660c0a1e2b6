"""The demo project: about 300 support messages of an invented bicycle and outdoor shop, written for SynthWeb.

`project.json` has name, guidelines, fields and questions; `messages.jsonl` the items with hidden gold, in the shape of
the JSON Lines reader. `details.json` asks more of the same messages: spans, several choices, a rating, a text.
"""

from pathlib import Path

PROJECT = Path(__file__).parent / "project.json"
DETAILS = Path(__file__).parent / "details.json"
MESSAGES = Path(__file__).parent / "messages.jsonl"
