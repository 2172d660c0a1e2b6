"""Items beside a table of votes, as JSON Lines: `id`, and where known `gold`, `text` or `tokens`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .base import BadRow, UnreadableFile, printable
from .jsonl import JsonLines


@dataclass(frozen=True, slots=True)
class KnownItems:
    """By id: `gold` answers as the file has them, `texts`, and `tokens`. `bad`: lines that are no items."""

    gold: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, list[str]] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)


def read_known_items(path: Path) -> KnownItems:
    """Raises UnreadableFile where no line is an item, OSError where there is no such file."""
    found = KnownItems()
    items = 0
    rows = JsonLines().read(path)
    try:
        for row in rows:
            if isinstance(row, BadRow):
                found.bad.append(row)
                continue
            key = row.values.get("id")
            if key is None or isinstance(key, bool | list | dict) or not str(key).strip():
                found.bad.append(BadRow(row.line, "It has no “id”.", printable(str(row.values))))
                continue
            items += 1
            _note(found, str(key).strip(), row.values)
    finally:
        rows.close()
    if not items:
        first = f" Line {found.bad[0].line}: {found.bad[0].reason}" if found.bad else ""
        raise UnreadableFile(f"{path.name} has no items.{first}")
    return found


def _note(found: KnownItems, key: str, values: dict[str, Any]) -> None:
    gold, text, tokens = values.get("gold"), values.get("text"), values.get("tokens")
    if gold is not None and gold != "":
        found.gold[key] = gold
    if isinstance(text, str):
        found.texts[key] = text
    if isinstance(tokens, list):
        found.tokens[key] = [str(token) for token in tokens]
