"""Add items that come as JSON, with the annotations they bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.exchange import BadRow, ImportedItem, Mapping, Row, SourceVote, to_item
from annotation.models import AnnotatorKind, Project

from .storing_votes import store_with_votes

KEYS = {"fields", "external_id", "metadata", "gold", "annotations"}
ANNOTATION_KEYS = {"annotator", "kind", "answers", "distribution", "confidence", "rationale", "seconds", "at"}


@dataclass(slots=True)
class Added:
    """What became of a list of entries; `rejected` has the entry's index (from 0) and the reason."""

    created: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def add_items(project: Project, entries: Sequence[object]) -> Added:
    """Insert each entry that is whole and new; every other one is counted or comes back with its reason.

    An entry is `{fields, external_id?, metadata?, gold?, annotations?: [{annotator, answers, kind?, distribution?,
    confidence?, rationale?, seconds?, at?}]}`. Annotations keep their people; those with a distribution, or of kind
    "model", become a model's. An item that is there already gains what annotators said who have said nothing on it.
    """
    added = Added()
    good: list[ImportedItem] = []
    for index, entry in enumerate(entries):
        try:
            good.append(_read_entry(project, entry, index))
        except ValueError as error:
            added.rejected.append({"index": index, "reason": str(error)})
    stored = store_with_votes(project, good)
    added.created, added.duplicates = len(stored.created), len(good) - len(stored.created)
    return added


def _read_entry(project: Project, entry: object, index: int) -> ImportedItem:
    if not isinstance(entry, dict):
        raise ValueError(_("An item is an object with “fields”."))
    _only(entry, KEYS, _("An item"))
    parts = {key: _object({} if entry.get(key) is None else entry[key], key) for key in ("fields", "metadata", "gold")}
    _only(parts["fields"], project.field_names, "fields")
    _only(parts["gold"], [question.name for question in project.question_list], "gold")
    values = {f"{key}.{name}": value for key, part in parts.items() for name, value in part.items()}
    mapping = Mapping(
        fields={name: f"fields.{name}" for name in project.field_names},
        external_id="external_id",
        gold={name: f"gold.{name}" for name in parts["gold"]},
        metadata=[f"metadata.{name}" for name in parts["metadata"]],
        answers={question.name: f"answers.{question.name}" for question in project.question_list},
    )
    annotations = entry.get("annotations") or []
    if not isinstance(annotations, list):
        raise ValueError(_("“annotations” is a list."))
    votes = tuple(_read_annotation(project, annotation) for annotation in annotations)
    row = Row(index, {**values, "external_id": entry.get("external_id")}, votes)
    item = to_item(row, mapping, project.fields, project.question_list)
    if isinstance(item, BadRow):
        raise ValueError(item.reason)
    for sentence, example in item.losses:
        raise ValueError(f"annotations: {example or sentence}")
    return item


def _read_annotation(project: Project, raw: object) -> SourceVote:
    entry = _object(raw, "annotations")
    _only(entry, ANNOTATION_KEYS, _("An annotation"))
    name, rationale, at = entry.get("annotator"), entry.get("rationale") or "", entry.get("at") or ""
    if not isinstance(name, str) or not name.strip() or len(name) > 100 or "\0" in name:
        raise ValueError(_("An annotation names its “annotator” in at most 100 characters."))
    if not isinstance(rationale, str) or not isinstance(at, str):
        raise ValueError(_("A “rationale” is text, and so is “at”."))
    kind = entry.get("kind")
    if kind in (None, ""):
        kind = AnnotatorKind.MODEL if entry.get("distribution") else AnnotatorKind.HUMAN
    if kind not in AnnotatorKind.values:
        raise ValueError(_("The “kind” of an annotator is human or model."))
    names = [question.name for question in project.question_list]
    answers = _object(entry.get("answers"), "answers")
    distribution = _object(entry.get("distribution") or {}, "distribution")
    _only(answers, names, "answers")
    _only(distribution, names, "distribution")
    return SourceVote(
        annotator=name,
        kind=kind,
        answers={f"answers.{question}": value for question, value in answers.items()},
        distribution={f"answers.{question}": shares for question, shares in distribution.items()},
        confidence=entry.get("confidence"),
        rationale=rationale,
        seconds=entry.get("seconds"),
        at=at,
    )


def _object(raw: object, key: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ValueError(_("“%(key)s” is an object.") % {"key": key})
    return raw


def _only(entry: dict[str, Any], known: Any, what: str) -> None:
    unknown = [str(key)[:80] for key in entry if key not in known]
    if unknown:
        raise ValueError(
            _("%(what)s has no %(names)s; known: %(known)s.")
            % {"what": what, "names": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
