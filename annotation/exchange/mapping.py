"""Which column of a file becomes which part of an item, and which of its questions one of ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .base import SourceQuestion

TEXT_NAMES = (
    "text", "message", "content", "body", "question", "sentence", "prompt", "input", "review", "comment", "description",
)  # fmt: skip
ID_NAMES = ("external_id", "id", "uid", "uuid", "identifier")
GOLD_NAMES = ("gold", "label", "labels", "category", "class", "target")
ANNOTATOR_NAMES = (
    "annotator", "annotator_id", "annotator_name", "annotators", "worker", "worker_id", "workerid", "labeler", "rater",
    "coder",
)  # fmt: skip
METADATA_PREFIX = "metadata."
# Who gave the answers of which a file says nothing else.
ANNOTATOR = "imported"
# Types of which one's answers can be the other's.
ALIKE = ({"choice", "multichoice"}, {"choice", "rating"})


class InvalidMapping(ValueError):
    """A mapping that does not fit the file or the project; the message says where."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`fields`: project field → column; `gold`: question → column; `metadata`: columns, None for all that are left.

    `answers`: question → the file's own question, or a column whose value is the answer. `annotator` names whoever the
    file does not (ANNOTATOR where it is empty), `annotator_column` says whose a row's answers are. `split` and `source`
    are columns, too.
    """

    fields: dict[str, str]
    external_id: str | None = None
    gold: dict[str, str] = field(default_factory=dict)
    metadata: list[str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    annotator: str = ""
    annotator_column: str | None = None
    split: str | None = None
    source: str | None = None

    @classmethod
    def from_json(cls, raw: object) -> Mapping:
        """Raises InvalidMapping unless the shape is exactly that of `to_json`; only `fields` is required."""
        if not isinstance(raw, dict):
            raise InvalidMapping(_("A mapping is an object with fields, external_id, gold and metadata."))
        unknown = set(raw) - set(cls.__dataclass_fields__)
        if unknown:
            raise InvalidMapping(
                _("A mapping has no %(names)s.") % {"names": ", ".join(sorted(str(key)[:80] for key in unknown))}
            )
        metadata, annotator = raw.get("metadata"), raw.get("annotator") or ""
        if metadata is not None and not (isinstance(metadata, list) and all(isinstance(key, str) for key in metadata)):
            raise InvalidMapping(_("“metadata” is a list of columns, or null for all that are left."))
        if not isinstance(annotator, str) or len(annotator) > 100 or "\0" in annotator:
            raise InvalidMapping(_("“annotator” is a name of at most 100 characters."))
        fields = _names(raw.get("fields"), "fields")
        if not fields:
            raise InvalidMapping(_("Say which column holds the text."))
        return cls(
            fields=fields,
            external_id=_column(raw, "external_id"),
            gold=_names(raw.get("gold") or {}, "gold"),
            metadata=metadata,
            answers=_names(raw.get("answers") or {}, "answers"),
            annotator=annotator.strip(),
            annotator_column=_column(raw, "annotator_column"),
            split=_column(raw, "split"),
            source=_column(raw, "source"),
        )

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def used(self) -> set[str]:
        """Columns that are not left over for metadata."""
        single = (self.external_id, self.annotator_column, self.split, self.source)
        return {
            *self.fields.values(),
            *self.gold.values(),
            *self.answers.values(),
            *(column for column in single if column),
        }

    def metadata_columns(self, columns: Collection[str]) -> dict[str, str]:
        """Metadata key → column, for a record with these columns."""
        used = self.used
        chosen = [name for name in columns if name not in used] if self.metadata is None else self.metadata
        return {name.removeprefix(METADATA_PREFIX): name for name in chosen}

    def check(
        self,
        columns: Collection[str],
        fields: Collection[str],
        questions: Sequence[Question],
        asked: Collection[str] = (),
    ) -> None:
        """Raise InvalidMapping when the file has no such column or question (`asked`), or the project no such field
        or question."""
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
        for name in (*self.gold, *self.answers):
            if name not in names:
                raise InvalidMapping(
                    _("The project has no question “%(name)s”; it has %(names)s.")
                    % {"name": name[:80], "names": ", ".join(names)}
                )
        chosen = self.metadata or []
        single = (self.external_id, self.annotator_column, self.split, self.source)
        for column in (*self.fields.values(), *single, *self.gold.values(), *chosen):
            if column is not None and column not in columns:
                raise InvalidMapping(
                    _("The file has no column “%(column)s”; it has %(columns)s.")
                    % {"column": column[:80], "columns": _some(columns)}
                )
        for source in self.answers.values():
            if source not in asked and source not in columns:
                raise InvalidMapping(
                    _("The file has no question or column “%(name)s”; it has %(names)s.")
                    % {"name": source[:80], "names": _some([*asked, *columns])}
                )
        wanted = set(columns) - self.used if self.metadata is None else chosen
        if len(self.metadata_columns(columns)) < len(wanted):
            raise InvalidMapping(_("Two columns would become the same metadata key."))


def guess(
    columns: Sequence[str],
    fields: Sequence[str],
    questions: Sequence[Question],
    asked: Sequence[SourceQuestion] = (),
) -> Mapping:
    """The likeliest mapping: exact names, then common ones. A field that nothing fits is left out for a person to say.

    `asked` is what the file's annotations answer. A file that this product exported maps back onto itself; its labels
    are decisions, not gold, and are left behind.
    """
    left = list(columns)
    exported = any(name.startswith("fields.") for name in columns) or any(
        f"{question.name}.decided_by" in columns for question in questions
    )

    def take(*names: str) -> str | None:
        for name in names:
            for column in left:
                if column.strip().casefold() == name or plain_name(column) == name:
                    left.remove(column)
                    return column
        return None

    found = {name: take(f"fields.{name}", name) for name in fields}
    external_id = take(*ID_NAMES)
    gold = {
        question.name: take(*_gold_names(question.name, len(questions), exported or bool(asked)))
        for question in questions
    }
    for name in fields:
        found[name] = found[name] or take(*TEXT_NAMES)
    if len(fields) == 1 and len(left) == 1 and not found[fields[0]]:
        found[fields[0]] = left[0]
    answers = _matched(questions, asked)
    known = {name: column for name, column in gold.items() if column}
    # A table of answers says whose each of them is: they are votes, then, and no known answers.
    annotator_column = take(*ANNOTATOR_NAMES) if known and not asked and not exported else None
    if annotator_column:
        answers, known = known, {}
    return Mapping(
        fields={name: column for name, column in found.items() if column},
        external_id=external_id,
        gold=known,
        metadata=[name for name in left if name.startswith(METADATA_PREFIX)] if exported else None,
        answers=answers,
        annotator_column=annotator_column,
        split=take("split") if exported else None,
        source=take("source") if exported else None,
    )


def plain_name(text: str) -> str:
    """A column's or question's name as a project's can be: lower-case letters, digits, underscores; "" without any."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:60]


def _matched(questions: Sequence[Question], asked: Sequence[SourceQuestion]) -> dict[str, str]:
    """Question → which of `asked` it is: by name, by title, then the only one of its type, or of one like it."""
    left = {each.name: each for each in asked}
    found: dict[str, str] = {}

    def pair(fits: Any) -> None:
        for question in questions:
            if question.name not in found:
                fitting = [name for name, each in left.items() if fits(question, each)]
                if len(fitting) == 1:
                    found[question.name] = fitting[0]
                    del left[fitting[0]]

    pair(lambda ours, theirs: ours.name in (theirs.name.strip().casefold(), plain_name(theirs.name)))
    pair(lambda ours, theirs: ours.title.casefold() in (theirs.title.casefold(), theirs.name.strip().casefold()))
    pair(lambda ours, theirs: ours.type == theirs.type)
    pair(lambda ours, theirs: any({ours.type, theirs.type} == each for each in ALIKE))
    return found


def _gold_names(question: str, questions: int, explicit: bool) -> tuple[str, ...]:
    """`explicit`: what looks like an answer may be somebody's, so known ones have to be called so."""
    names: tuple[str, ...] = (f"gold.{question}", f"gold_{question}", f"{question}_gold")
    if explicit:
        return names
    return (*names, question, *(GOLD_NAMES if questions == 1 else ()))


def _names(raw: object, key: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(name, str) for pair in raw.items() for name in pair):
        raise InvalidMapping(_("“%(key)s” is an object of name → column.") % {"key": key})
    return {name: column for name, column in raw.items() if column}


def _column(raw: dict[str, Any], key: str) -> str | None:
    column = raw.get(key) or None
    if column is not None and not isinstance(column, str):
        raise InvalidMapping(_("“%(key)s” is the name of a column.") % {"key": key})
    return column


def _some(columns: Collection[str]) -> str:
    shown = [name[:40] for name in list(columns)[:12]]
    return ", ".join(shown) + (" …" if len(columns) > len(shown) else "") if shown else _("no columns")
