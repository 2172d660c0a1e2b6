"""doccano's exports: classification, sequence labelling, sequence to sequence, intents with slots; a file a person.

An empty list is no answer, but for spans, where it says that there are none: doccano does not tell who has not looked
yet. Pictures and sounds cannot come in; relations between spans are a loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _

from .annotated import Marked, Nothing, Picked, preview_of, reading_of, unattributed
from .archives import size_of
from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, SourceVote, UnreadableFile, Unwritable, Written
from .canonical import canonical_json
from .texts import key_of, main_field, main_text
from .tool_records import Unusable, as_name, chosen, drafted, first_objects, spread, triples

TEXT_KEYS = ("text", "data")
LABEL_KEYS = ("label", "labels")
TAKEN = {*TEXT_KEYS, *LABEL_KEYS, "id", "meta", "cats", "entities", "relations", "annotations", "comments"}
BESIDE = {"id", "meta", "metadata", "comments", "Comments", "annotation_approver", "approver"}
NOBODY = ("all", "unknown")
MOST_PEOPLE = 200


class Doccano:
    """Reader and writer of doccano's JSONL and JSON; reads the archive it exports where everybody labels apart."""

    name = "doccano"
    title = "doccano"
    extensions: tuple[str, ...] = (".jsonl",)
    media_type = "application/x-ndjson"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        found = [_is_record(each) for each in first_objects(head)]
        return 0.0 if not found or False in found else 0.97 if True in found else 0.96

    def sniff_folder(self, folder: Path, names: list[str]) -> float:
        files = [name for name in names if name.endswith((".jsonl", ".json"))]
        if not files or len(files) < len(names):
            return 0.0
        scores = []
        for name in files[:MOST_PEOPLE]:
            with (folder / name).open("rb") as file:
                scores.append(self.sniff(file.read(64_000), name))
        return 0.98 if any(scores) and sum(map(bool, scores)) * 2 >= len(scores) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_drafts, path, limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        left = [
            _("Who said what, probabilities and reasons: what was decided is written."),
            _("Splits, stages and where items come from."),
        ]
        kept = {question.name for question in _written(shape) if question}
        left += [
            _("“%(title)s”: doccano has one question about the text and one about its spans.")
            % {"title": question.title}
            for question in shape.asked
            if question.name not in kept
        ]
        return left

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A record a line: under `label` what was decided, or under `cats` and `entities` where there are both."""
        about_text, about_spans = _written(shape)
        if not (about_text or about_spans):
            raise Unwritable(_("doccano has no counterpart for what this project asks."))
        shown = main_field(shape, about_spans)
        written = Written()
        for record in records:
            labels = record["labels"]
            whole = _options(labels[about_text.name]["value"]) if about_text and about_text.name in labels else []
            spans = labels[about_spans.name]["value"] if about_spans and about_spans.name in labels else []
            if not (whole or spans):
                written.losses[
                    _("Nothing was decided, or that nothing holds: doccano shows such items as not labelled.")
                ] += 1
            marked = [[span["start"], span["end"], span["label"]] for span in spans]
            # Always the same keys: one that a record lacks is NaN to doccano, which its database refuses.
            line = {key_of(name, TAKEN): record["fields"].get(name, "") for name in shape.fields if name != shown}
            line["text"] = main_text(record, shape, shown)
            line |= {"id": record["external_id"], "meta": record["metadata"]}
            if about_text and about_spans:
                line |= {"cats": whole, "entities": marked}
            else:
                line["label"] = marked if about_spans else whole
            target.write(canonical_json(line) + b"\n")
            written.rows += 1
        return written


def _written(shape: Shape) -> tuple[Question | None, Question | None]:
    """The questions about the whole text and about its spans that there is room for."""
    spans = next((question for question in shape.asked if question.type == "spans"), None)
    # A written answer beside spans has no place.
    order = ("choice", "multichoice", "rating", "text")[: 3 if spans else 4]
    about = [question for kind in order for question in shape.asked if question.type == kind]
    return (about[0] if about else None), spans


def _options(value: Any) -> list[str]:
    return value if isinstance(value, list) else [str(value)]


def _drafts(path: Path) -> Reading:
    return _People(path) if path.is_dir() else drafted(path, _draft)


def _is_record(record: Mapping[str, Any]) -> bool | None:
    """Whether only doccano writes such a record; None where it says nothing."""
    if not any(isinstance(record.get(key), str) for key in TEXT_KEYS) or "spans" in record or "tokens" in record:
        return False
    if isinstance(record.get("cats"), list) and isinstance(record.get("entities"), list):
        return True
    entities = record.get("entities")
    if isinstance(entities, list) and "relations" in record:
        return True
    if isinstance(record.get("annotations"), list):
        return all(isinstance(each, dict) and {"label", "user"} <= each.keys() for each in record["annotations"])
    label = next((record[key] for key in LABEL_KEYS if isinstance(record.get(key), list)), None)
    if label is None:
        return False
    if label and triples(label):
        return True
    # Whatever an item had beside its text stands among the keys.
    known = isinstance(record.get("Comments"), list) or not record.keys() - BESIDE - {*TEXT_KEYS, *LABEL_KEYS}
    return chosen(label) is not None and known and (bool(label) or None)


def _draft(line: int, record: dict[str, Any]) -> Row:
    key = next((key for key in TEXT_KEYS if isinstance(record.get(key), str)), None)
    if key is None:
        if "filename" in record or "filepath" in record:
            raise Unusable(_("This is a picture or a sound; only texts can be imported."))
        raise Unusable(_("The record has no “text”."))
    losses: list[str] = []
    taken = {"relations", "comments", "Comments"}
    answers: dict[str, Any] = {}
    for name in (*LABEL_KEYS, "cats", "entities"):
        if name in record and not (name == "cats" and isinstance(record[name], dict)):
            taken.add(name)
            answer = _answer(name, record[name], key)
            if answer is None:
                losses.append(_("What stands under “%(name)s” is neither labels nor spans.") % {"name": name})
            else:
                answers["label" if name in LABEL_KEYS else name] = answer
    votes = unattributed(answers)
    if isinstance(record.get("annotations"), list):
        taken.add("annotations")
        votes += tuple(_by_user(record["annotations"], key))
    if record.get("relations"):
        losses.append(_("Relations between spans."))
    if comments := record.get("comments") or record.get("Comments"):
        votes = tuple(replace(vote, rationale=_comment(comments)) for vote in votes)
    return Row(line, spread(record, taken), votes, tuple(losses))


def _answer(name: str, value: object, column: str) -> Any:
    if value == []:
        return Marked(column) if name == "entities" else Nothing()
    if (marks := triples(value)) is not None:
        return Marked(column, marks)
    options = chosen(value)
    return None if options is None else Picked(options)


def _by_user(annotations: list[Any], column: str) -> Iterator[SourceVote]:
    """Exports before doccano 1.2: labels by their number, with the number of who gave them."""
    people: dict[str, list[Any]] = {}
    for each in annotations:
        if isinstance(each, dict):
            people.setdefault(as_name(each.get("user")), []).append(each)
    for name, theirs in people.items():
        marks = triples(theirs) if all("start_offset" in each for each in theirs) else None
        words = tuple(str(each.get("label", each.get("text", ""))) for each in theirs)
        yield SourceVote(name, {"label": Picked(words) if marks is None else Marked(column, marks)})


def _comment(comments: object) -> str:
    each = comments if isinstance(comments, list) else [comments]
    return "\n".join(str(said) for said in each if isinstance(said, str))


class _People:
    """The drafts of an archive with a file for every person: what several said of a text becomes one row.

    doccano writes every file in the order of ids; where that does not hold, a text comes more than once.
    """

    def __init__(self, folder: Path) -> None:
        self.size = size_of(folder)
        files = sorted(folder.rglob("*.json*"))
        if len(files) > MOST_PEOPLE:
            raise UnreadableFile(
                _("The archive holds the labels of more than %(most)s people.") % {"most": MOST_PEOPLE}
            )
        self._names = ["" if file.stem in NOBODY else as_name(file.stem) for file in files]
        self._readings = [drafted(file, _draft) for file in files]
        self._verdicts = self._merged()

    @property
    def position(self) -> int:
        return sum(reading.position for reading in self._readings)

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        return next(self._verdicts)

    def close(self) -> None:
        for reading in self._readings:
            reading.close()

    def _merged(self) -> Iterator[Row | BadRow]:
        heads = [next(reading, None) for reading in self._readings]
        number = 0
        while any(heads):
            number += 1
            first = min(
                (place for place, head in enumerate(heads) if head), key=lambda place: _rank(heads[place], place)
            )
            head = heads[first]
            if isinstance(head, BadRow):
                heads[first] = next(self._readings[first], None)
                reason = _("%(name)s, line %(line)s: %(reason)s") % {
                    "name": self._names[first] or NOBODY[0], "line": head.line, "reason": head.reason,
                }  # fmt: skip
                yield BadRow.of(number, reason, head.excerpt)
                continue
            votes: list[SourceVote] = []
            losses: list[str] = []
            for place, other in enumerate(heads):
                if isinstance(other, Row) and head is not None and _same(head, other):
                    votes += [replace(vote, annotator=vote.annotator or self._names[place]) for vote in other.votes]
                    losses += other.losses
                    heads[place] = next(self._readings[place], None)
            assert head is not None
            yield replace(head, line=number, votes=tuple(votes), losses=tuple(losses))


def _rank(head: Row | BadRow | None, place: int) -> tuple[int, int]:
    raw = head.values.get("id") if isinstance(head, Row) else None
    return (raw if type(raw) is int else -1, place)


def _same(one: Row, other: Row) -> bool:
    return all(one.values.get(key) == other.values.get(key) for key in ("id", *TEXT_KEYS))
