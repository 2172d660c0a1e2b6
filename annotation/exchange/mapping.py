"""Which column of a file becomes which part of an item."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

TEXT_NAMES = (
    "text", "message", "content", "body", "question", "sentence", "prompt", "input", "review", "comment", "description",
)  # fmt: skip
ID_NAMES = ("external_id", "id", "uid", "uuid", "identifier")
GOLD_NAMES = ("gold", "label", "labels", "category", "class", "target")
METADATA_PREFIX = "metadata."


class InvalidMapping(ValueError):
    """A mapping that does not fit the file or the project; the message says where."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`fields`: project field → column; `gold`: question → column; `metadata`: columns, None for all that are left."""

    fields: dict[str, str]
    external_id: str | None = None
    gold: dict[str, str] = field(default_factory=dict)
    metadata: list[str] | None = None

    @classmethod
    def from_json(cls, raw: object) -> Mapping:
        """Raises InvalidMapping unless the shape is exactly that of `to_json`; only `fields` is required."""
        if not isinstance(raw, dict):
            raise InvalidMapping(_("A mapping is an object with fields, external_id, gold and metadata."))
        unknown = set(raw) - {"fields", "external_id", "gold", "metadata"}
        if unknown:
            raise InvalidMapping(
                _("A mapping has no %(names)s.") % {"names": ", ".join(sorted(str(key)[:80] for key in unknown))}
            )
        external_id, metadata = raw.get("external_id") or None, raw.get("metadata")
        if external_id is not None and not isinstance(external_id, str):
            raise InvalidMapping(_("“external_id” is the name of a column."))
        if metadata is not None and not (isinstance(metadata, list) and all(isinstance(key, str) for key in metadata)):
            raise InvalidMapping(_("“metadata” is a list of columns, or null for all that are left."))
        fields, gold = _names(raw.get("fields"), "fields"), _names(raw.get("gold") or {}, "gold")
        if not fields:
            raise InvalidMapping(_("Say which column holds the text."))
        return cls(fields, external_id, gold, metadata)

    def to_json(self) -> dict[str, Any]:
        return {
            "fields": self.fields,
            "external_id": self.external_id,
            "gold": self.gold,
            "metadata": self.metadata,
        }

    @property
    def used(self) -> set[str]:
        """Columns that are not left over for metadata."""
        return {*self.fields.values(), *self.gold.values(), *([self.external_id] if self.external_id else [])}

    def metadata_columns(self, columns: Collection[str]) -> dict[str, str]:
        """Metadata key → column, for a record with these columns."""
        used = self.used
        chosen = [name for name in columns if name not in used] if self.metadata is None else self.metadata
        return {name.removeprefix(METADATA_PREFIX): name for name in chosen}

    def check(self, columns: Collection[str], fields: Collection[str], questions: Sequence[Question]) -> None:
        """Raise InvalidMapping when the file has no such column, or the project no such field or question."""
        for name in self.fields:
            if name not in fields:
                raise InvalidMapping(
                    _("The project has no field “%(name)s”; it has %(names)s.")
                    % {"name": name[:80], "names": ", ".join(fields)}
                )
        for name in fields:
            if name not in self.fields:
                raise InvalidMapping(_("Say which column holds “%(name)s”.") % {"name": name})
        names = [question.name for question in questions]
        for name in self.gold:
            if name not in names:
                raise InvalidMapping(
                    _("The project has no question “%(name)s”; it has %(names)s.")
                    % {"name": name[:80], "names": ", ".join(names)}
                )
        chosen = self.metadata or []
        for column in (*self.fields.values(), self.external_id, *self.gold.values(), *chosen):
            if column is not None and column not in columns:
                raise InvalidMapping(
                    _("The file has no column “%(column)s”; it has %(columns)s.")
                    % {"column": column[:80], "columns": _some(columns)}
                )
        wanted = set(columns) - self.used if self.metadata is None else chosen
        if len(self.metadata_columns(columns)) < len(wanted):
            raise InvalidMapping(_("Two columns would become the same metadata key."))


def guess(columns: Sequence[str], fields: Sequence[str], questions: Sequence[Question]) -> Mapping:
    """The likeliest mapping: exact names, then common ones. A field that nothing fits is left out for a person to say.

    A file that this product exported maps back onto itself; its labels are decisions, not gold, and are left behind.
    """
    left = list(columns)
    exported = any(name.startswith("fields.") for name in columns) or any(
        f"{question.name}.decided_by" in columns for question in questions
    )

    def take(*names: str) -> str | None:
        for name in names:
            for column in left:
                if column.strip().casefold() == name:
                    left.remove(column)
                    return column
        return None

    found = {name: take(f"fields.{name}", name) for name in fields}
    external_id = take(*ID_NAMES[: 1 if exported else None])
    gold = {question.name: take(*_gold_names(question.name, len(questions), exported)) for question in questions}
    for name in fields:
        found[name] = found[name] or take(*TEXT_NAMES)
    if len(fields) == 1 and len(left) == 1 and not found[fields[0]]:
        found[fields[0]] = left[0]
    return Mapping(
        fields={name: column for name, column in found.items() if column},
        external_id=external_id,
        gold={name: column for name, column in gold.items() if column},
        metadata=[name for name in left if name.startswith(METADATA_PREFIX)] if exported else None,
    )


def _gold_names(question: str, questions: int, exported: bool) -> tuple[str, ...]:
    names: tuple[str, ...] = (f"gold.{question}", f"gold_{question}", f"{question}_gold")
    if exported:
        return names
    return (*names, question, *(GOLD_NAMES if questions == 1 else ()))


def _names(raw: object, key: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(name, str) for pair in raw.items() for name in pair):
        raise InvalidMapping(_("“%(key)s” is an object of name → column.") % {"key": key})
    return {name: column for name, column in raw.items() if column}


def _some(columns: Collection[str]) -> str:
    shown = [name[:40] for name in list(columns)[:12]]
    return ", ".join(shown) + (" …" if len(columns) > len(shown) else "") if shown else _("no columns")
