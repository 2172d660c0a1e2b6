"""Label Studio's tasks with their annotations and predictions, as it exports (JSON and JSON-MIN) and imports them.

A skipped annotation (`was_cancelled`) is none. Of a ground truth the answers are the annotator's vote and, in the
columns `gold.…`, what can be taken for known answers. What a prediction says is the vote of a model, named by its
version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .annotated import GOLD, Marked, preview_of, reading_of
from .base import Preview, Reading, Row, Setting, Shape, Sink, SourceVote, Unwritable, Written
from .canonical import canonical_json
from .label_studio_results import marks_of, read_results, read_value, spans_in
from .label_studio_tasks import OWN, task_of
from .mapping import METADATA_PREFIX
from .tool_records import Unusable, as_name, column_of, columns_of, drafted, first_objects, list_in, object_in

TASK = {"id", "data", "meta", "created_at", "updated_at", "inner_id", "project", "is_labeled", "overlap", "file_upload"}
FLAT = ("id", "annotator", "annotation_id")


class LabelStudio:
    """Reader and writer of Label Studio's JSON; JSON-MIN is read."""

    name = "label_studio"
    title = "Label Studio"
    extensions: tuple[str, ...] = (".json",)
    media_type = "application/json"
    reads = writes = True
    keeps_split = False
    keeps_gold = True
    settings: tuple[Setting, ...] = (
        Setting(
            "holds",
            gettext_noop("What is in it"),
            (
                ("votes", gettext_noop("What every person and model answered")),
                ("labels", gettext_noop("What was decided, as one annotation")),
            ),
        ),
        Setting(
            "people",
            gettext_noop("Whose the annotations are"),
            (
                ("names", gettext_noop("Whoever imports them; names stand beside")),
                ("emails", gettext_noop("Members there, whose e-mail addresses are the names here")),
            ),
        ),
    )

    def sniff(self, head: bytes, filename: str) -> float:
        found = first_objects(head)
        if not found:
            # A long first task is not whole in the head of a file.
            marks = (b'"data"', b'"result"', b'"from_name"', b'"to_name"')
            return 0.97 if all(mark in head for mark in marks) else 0.0
        # Among tasks with what was said of them there may be data alone.
        if any(_is_task(each) and isinstance(each.get("data"), dict) for each in found):
            return 0.98
        if not all(isinstance(each.get("data"), dict) or _is_flat(each) for each in found):
            return 0.0
        if any(_is_task(each) or _is_flat(each) for each in found):
            return 0.98
        # Tasks that nobody has looked at yet.
        return 0.96 if all(each.keys() <= TASK for each in found) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_drafts, path, limit, unmarked_is_none=True)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after, unmarked_is_none=True)

    def leaves_out(self, shape: Shape) -> list[str]:
        left = [
            _("Who said what, where they are no members there: the annotations are of whoever imports them."),
            _("The probabilities and reasons of models: a prediction has one score, its confidence."),
            _("Splits, stages and where items come from."),
            _("Whether somebody marked no spans or was not asked: an annotation without spans says there are none."),
        ]
        if any(question.type == "ranking" for question in shape.asked):
            left.append(
                _("Ties in rankings: such an order is written with an order between equals, a tied pair not at all.")
            )
        return left

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A list of tasks, one a line. “Label Studio: configuration” writes what they are to be imported into."""
        if not shape.asked:
            raise Unwritable(_("A project without questions has nothing that Label Studio could show."))
        written = Written()
        target.write(b"[")
        for record in records:
            task = task_of(
                record,
                shape,
                decided=settings.get("holds") == "labels",
                emails=settings.get("people") == "emails",
                losses=written.losses,
            )
            target.write((b",\n" if written.rows else b"\n") + canonical_json(task))
            written.rows += 1
        target.write(b"\n]\n")
        return written


def _drafts(path: Path) -> Reading:
    return drafted(path, _draft, _key)


def _draft(line: int, record: dict[str, Any]) -> Row:
    if _is_flat(record):
        return _flat(line, record)
    if "data" not in record and not _is_task(record):
        # As Label Studio does: what is no task is a task's data.
        record = {"data": record}
    if not isinstance(record.get("data"), dict):
        raise Unusable(_("The task has no “data”."))
    return _task(line, record)


def _key(record: dict[str, Any]) -> object:
    """JSON-MIN has a record for every annotation of a task."""
    return record.get("id") if _is_flat(record) and isinstance(record["id"], int | str) else None


def _is_task(record: dict[str, Any]) -> bool:
    return any(isinstance(record.get(key), list) for key in ("annotations", "predictions", "completions", "drafts"))


def _is_flat(record: dict[str, Any]) -> bool:
    return all(key in record for key in FLAT) and "data" not in record


def _task(line: int, record: dict[str, Any]) -> Row:
    data: dict[str, Any] = record["data"]
    losses: list[str] = []
    meta = object_in(record, "meta")
    own = object_in(meta, OWN)
    added, compared = list_in(own, "added"), object_in(own, "pairs")
    pairs = [(name, value) for name, value in data.items() if name not in added]
    pairs.append(("id", own.get("external_id", record.get("id"))))
    pairs += [(f"{METADATA_PREFIX}{name}", value) for name, value in meta.items() if name != OWN]
    votes: list[SourceVote] = []
    known: dict[str, Any] = {}
    for each in list_in(record, "annotations") or list_in(record, "completions"):
        vote = _annotation(each, data, losses, compared)
        if vote and each.get("ground_truth") is True:
            known = known or vote.answers
        # What is nobody's is a known answer and no vote.
        if vote and each.get("annotator", vote) is not None:
            votes.append(vote)
    votes += [vote for each in list_in(record, "predictions") if (vote := _prediction(each, data, losses, compared))]
    if list_in(record, "drafts"):
        losses.append(_("A draft, which nobody has submitted."))
    pairs += [(GOLD + name, value) for name, value in known.items()]
    return Row(line, columns_of(pairs), tuple(votes), tuple(losses))


def _annotation(
    each: object, data: dict[str, Any], losses: list[str], compared: Mapping[str, Any]
) -> SourceVote | None:
    if not isinstance(each, dict):
        losses.append(_("An annotation of which only the number is in the file."))
        return None
    if each.get("was_cancelled") is True:
        losses.append(_("A skipped annotation, which is no answer."))
        return None
    return SourceVote(
        annotator=_person(each.get("annotator") or each.get("completed_by")),
        answers=_answers(each, data, losses, compared),
        seconds=_number(each.get("lead_time")),
        at=_text(each.get("created_at")),
    )


def _answers(
    each: Mapping[str, Any], data: Mapping[str, Any], losses: list[str], compared: Mapping[str, Any]
) -> dict[str, Any]:
    """What its results say, and where it marked nothing (`unmarked`, a key of ours: tag → column)."""
    answers = read_results(each.get("result"), data, losses, compared)
    unmarked = each.get("unmarked")
    for name, column in unmarked.items() if isinstance(unmarked, dict) else ():
        answers.setdefault(name, Marked(str(column)))
    return answers


def _prediction(
    each: object, data: dict[str, Any], losses: list[str], compared: Mapping[str, Any]
) -> SourceVote | None:
    if not isinstance(each, dict):
        losses.append(_("A prediction of which only the number is in the file."))
        return None
    return SourceVote(
        annotator=as_name(each.get("model_version")),
        kind="model",
        answers=_answers(each, data, losses, compared),
        confidence=_number(each.get("score")),
        at=_text(each.get("created_at")),
    )


def _flat(line: int, record: dict[str, Any]) -> Row:
    """JSON-MIN: the item's data, its id, the answers by the names of their tags, and whose they are, in this order."""
    names = list(record)
    losses: list[str] = []
    first, last = names.index("id"), names.index("annotator")
    data = {name: record[name] for name in names[:first]}
    answers: dict[str, Any] = {}
    for name in names[first + 1 : last]:
        regions = spans_in(record[name])
        if regions is not None:
            column = column_of(data, "", [each.get("text") for each in regions])
            answers[name] = Marked(column, tuple(mark for each in regions for mark in marks_of(each, losses)))
        elif (answer := read_value(record[name])) is not None:
            answers[name] = answer
        else:
            losses.append(_("A result of a kind that has no counterpart here."))
    vote = SourceVote(
        annotator=_person(record["annotator"]),
        answers=answers,
        seconds=_number(record.get("lead_time")),
        at=_text(record.get("created_at")),
    )
    return Row(line, columns_of([*data.items(), ("id", record["id"])]), (vote,), tuple(losses))


def _person(raw: object) -> str:
    """A number, an e-mail address, or an object of both and a name."""
    if not isinstance(raw, dict):
        return as_name(raw)
    full = " ".join(each for key in ("first_name", "last_name") if isinstance(each := raw.get(key), str) and each)
    return as_name(raw.get("email") or raw.get("username") or full or raw.get("id"))


def _number(raw: object) -> float | None:
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else None


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""
