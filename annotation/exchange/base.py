"""What every file format answers, and the records that travel between files and the workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from annotation.questions import Question

COLUMN_LIMIT = 1_000
EXCERPT_LENGTH = 200


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message is a sentence for the person who uploaded it."""


class Unwritable(ValueError):
    """A format that cannot hold such a project; the message is a sentence for the person who asked for the file."""


@dataclass(frozen=True, slots=True)
class SourceQuestion:
    """Something that a file's annotations answer, in our terms: `type` is a name of `questions/registry`.

    `options`: the labels met so far; `field`: the column that its spans are marked in.
    """

    name: str
    type: str
    title: str = ""
    options: tuple[str, ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class SourceVote:
    """One annotator's answers as a file has them, by the names of its own questions.

    Values have the form that our question types store (spans: `[{start, end, label, text}]` in code points), so that
    only names and options are left to be mapped. `annotator` is "" where the file does not say who it was. `kind`:
    “human” or “model”; “judge” for the advice of a model that had read the votes; “reviewer” for a decision, whose
    `distribution` says that nobody can tell (it is ambiguous) and the shares are the label.
    """

    annotator: str
    answers: dict[str, Any]
    kind: str = "human"
    distribution: dict[str, dict[str, float]] = field(default_factory=dict)
    confidence: float | None = None
    rationale: str = ""
    seconds: float | None = None
    at: str = ""
    """When, in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the file says it. `line` is the physical 1-based line where it starts, or the record's number.

    `values`: by column, what can become fields, ids, metadata and known answers; `votes`: what annotators said;
    `losses`: in sentences without anything of this record in them, what it holds that has no counterpart here.
    """

    line: int
    values: dict[str, Any]
    votes: tuple[SourceVote, ...] = ()
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """One record that cannot be imported, and why. Safe to store and show: no NUL, no lone surrogate."""

    line: int
    reason: str
    excerpt: str

    @classmethod
    def of(cls, line: int, reason: str, raw: str | bytes) -> BadRow:
        return cls(line, printable(reason, 500), printable(raw))


class Loss(NamedTuple):
    """Something that could not come in: in a sentence without anything of its record, by which it is counted.

    `example`: what it was here, safe to store and to show.
    """

    sentence: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class ImportedVote:
    """One annotator's answers to an imported item, valid for the project's questions; `kind` as in a SourceVote."""

    annotator: str
    kind: str
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]] = field(default_factory=dict)
    confidence: float | None = None
    rationale: str = ""
    seconds: float | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """One item ready to be stored. `content_hash` is the 32-byte SHA-256 of `fields`.

    `losses`: what the row held beside it that could not come in. `spelled`: the canonical JSON of `fields`, which their
    hash is made of.
    """

    line: int
    fields: dict[str, Any]
    external_id: str
    metadata: dict[str, Any]
    gold: dict[str, Any]
    content_hash: bytes
    votes: tuple[ImportedVote, ...] = ()
    losses: tuple[Loss, ...] = ()
    split: str = ""
    source: str = "imported"
    spelled: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The start of a file: its columns in order, the first good rows, and the bad ones met on the way.

    `questions`: what its annotations answer, as far as was read; `losses`: what of the file as a whole has no
    counterpart here, in sentences.
    """

    columns: list[str]
    rows: list[Row]
    bad: list[BadRow]
    questions: list[SourceQuestion] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a writer needs to know before its first record: names of fields, questions and metadata keys.

    `soft`: the questions of which some labels are ambiguous and have a distribution. `shown` and `asked` are the
    fields (name, type, title) and questions themselves; `name` and `guidelines` the project's. `card`: the dataset
    card (Markdown, with or without front matter), for formats that have a place for it.
    """

    fields: tuple[str, ...]
    questions: tuple[str, ...]
    metadata: tuple[str, ...] = field(default=())
    soft: tuple[str, ...] = field(default=())
    shown: tuple[dict[str, str], ...] = field(default=())
    asked: tuple[Question, ...] = field(default=())
    name: str = ""
    guidelines: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice that a format leaves to whoever writes a file: `choices` are (value, title), the first the default."""

    name: str
    title: str
    choices: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Written:
    """What became of the records: how many are in the file, and how often each loss (a sentence) happened."""

    rows: int = 0
    losses: Counter[str] = field(default_factory=Counter)


class Reading(Protocol):
    """A file being read: an iterator of verdicts, and how far it has come."""

    size: int

    @property
    def position(self) -> int:
        """Bytes consumed so far; equals `size` at the end."""

    def __iter__(self) -> Iterator[Row | BadRow]: ...

    def __next__(self) -> Row | BadRow: ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Where a file is written to."""

    def write(self, data: bytes, /) -> object: ...


class Format(Protocol):
    """The contract of one file in `exchange/`.

    `write` takes export records: `id, external_id, fields, metadata, stage, split, source`,
    `labels: {question: {value, decided_by, by, posterior, votes, method, distribution?}}` (the last where the method is
    “ambiguous”: the shares of its keys) and
    `annotations: [{annotator, kind, answers, distribution, confidence, at}]`, all of them JSON values.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    media_type: str
    reads: bool
    writes: bool
    settings: tuple[Setting, ...]
    keeps_split: bool
    """Whether its files say of each record which split it is in; of a format that does not, each split is a file."""
    keeps_gold: bool
    """Whether its files have a place for known answers."""

    def sniff(self, head: bytes, filename: str) -> float:
        """How likely the file is of this format, 0 to 1, by its first bytes and its name.

        Up to 0.5: by the name, or because it could be; 0.6 to 0.95: the content is of this notation (CSV, JSON …);
        above 0.95: the records, too, have the keys of this very format. The same from all: the first in the registry.
        """

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        """Columns and the first `limit` good rows. Raises UnreadableFile."""

    def read(self, path: Path, start_after: int = 0) -> Reading:
        """Verdicts in file order, in bounded memory, for records that start after line `start_after`.

        Raises UnreadableFile at once when there is nothing to read by.
        """

    def leaves_out(self, shape: Shape) -> list[str]:
        """What no file of this format can hold of such a project, in sentences; [] where it holds all of it."""

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """Stream the records. Same records, same bytes. `settings`: a value for any of `self.settings`.

        Raises Unwritable at once where such a project has nothing that the format is for.
        """


@runtime_checkable
class FrozenFormat(Format, Protocol):
    """The format that a snapshot's records are kept in (`frozen`): they are not read to be written."""

    def write_frozen(self, lines: Iterable[bytes], target: Sink) -> Written:
        """`write` of records that are spelled already."""


@runtime_checkable
class FolderFormat(Format, Protocol):
    """A format of which several files in a folder are one dataset: its `path` may be a folder.

    Any other format, too, can come as a folder: then its files are read one after the other (`members`).
    """

    def sniff_folder(self, folder: Path, names: list[str]) -> float:
        """How likely the folder is of this format, 0 to 1; `names`: its files, as paths relative to it, sorted."""


def printable(raw: str | bytes, limit: int = EXCERPT_LENGTH) -> str:
    """At most `limit` characters that PostgreSQL and a page can hold; what they cannot becomes U+FFFD."""
    if isinstance(raw, bytes):
        raw = raw[: limit * 4 + 4].decode("utf-8", "replace")
    text = raw.strip()
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
