"""Add items that come as JSON, with the annotations they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from annotation.exchange import BadRow, ImportedItem, Mapping, Row, to_item
from annotation.models import Annotation, Annotator, AnnotatorKind, Item, Labeler, Project
from annotation.questions import InvalidAnswer, clean_answers, clean_distribution

from .advancing import advance
from .storing import store_items

KEYS = {"fields", "external_id", "metadata", "gold", "annotations"}
ANNOTATION_KEYS = {"annotator", "kind", "answers", "distribution", "rationale"}


@dataclass(slots=True)
class Added:
    """What became of a list of entries; `rejected` has the entry's index (from 0) and the reason."""

    created: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Brought:
    annotator: str
    kind: str
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]]
    rationale: str


@transaction.atomic
def add_items(project: Project, entries: Sequence[object]) -> Added:
    """Insert each entry that is whole and new; every other one is counted or comes back with its reason.

    An entry is `{fields, external_id?, metadata?, gold?, annotations?: [{annotator, answers, distribution?, rationale?,
    kind?}]}`. Annotations keep their people; those with a distribution, or of kind "model", become a model's.
    """
    added = Added()
    good: list[ImportedItem] = []
    brought: dict[bytes, list[_Brought]] = {}
    for index, entry in enumerate(entries):
        try:
            item, votes = _read_entry(project, entry, index)
        except ValueError as error:
            added.rejected.append({"index": index, "reason": str(error)})
            continue
        good.append(item)
        brought.setdefault(item.content_hash, votes)
    created = store_items(project, good)
    added.created, added.duplicates = len(created), len(good) - len(created)
    _annotate(project, {created[key]: brought[key] for key in created if brought[key]})
    return added


def _read_entry(project: Project, entry: object, index: int) -> tuple[ImportedItem, list[_Brought]]:
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
    )
    row = Row(index, {**values, "external_id": entry.get("external_id")})
    item = to_item(row, mapping, project.fields, project.question_list)
    if isinstance(item, BadRow):
        raise ValueError(item.reason)
    annotations = entry.get("annotations") or []
    if not isinstance(annotations, list):
        raise ValueError(_("“annotations” is a list."))
    return item, [_read_annotation(project, annotation, item) for annotation in annotations]


def _read_annotation(project: Project, raw: object, item: ImportedItem) -> _Brought:
    entry = _object(raw, "annotations")
    _only(entry, ANNOTATION_KEYS, _("An annotation"))
    name, rationale = entry.get("annotator"), entry.get("rationale") or ""
    if not isinstance(name, str) or not name.strip() or len(name) > 100 or "\0" in name:
        raise ValueError(_("An annotation names its “annotator” in at most 100 characters."))
    if not isinstance(rationale, str) or "\0" in rationale:
        raise ValueError(_("A “rationale” is text."))
    kind = entry.get("kind")
    if kind in (None, ""):
        kind = AnnotatorKind.MODEL if entry.get("distribution") else AnnotatorKind.HUMAN
    if kind not in AnnotatorKind.values:
        raise ValueError(_("The “kind” of an annotator is human or model."))
    questions = {question.name: question for question in project.question_list}
    distributions = _object(entry.get("distribution") or {}, "distribution")
    _only(distributions, list(questions), "distribution")
    try:
        return _Brought(
            annotator=name.strip(),
            kind=kind,
            answers=clean_answers(project.question_list, entry.get("answers"), item.fields),
            distribution={key: clean_distribution(questions[key], raw) for key, raw in distributions.items()},
            rationale=rationale,
        )
    except InvalidAnswer as error:
        raise ValueError(f"annotations: {error}") from error


def _annotate(project: Project, brought: dict[int, list[_Brought]]) -> None:
    if not brought:
        return
    annotators: dict[tuple[str, str], Annotator] = {}
    rows: dict[tuple[int, int], Annotation] = {}
    for item, entries in brought.items():
        for each in entries:
            key = (each.kind, each.annotator)
            annotator = annotators.get(key) or annotators.setdefault(key, _annotator(project, *key))
            rows[item, annotator.pk] = Annotation(
                project=project,
                item_id=item,
                annotator=annotator,
                answers=each.answers,
                distribution=each.distribution,
                rationale=each.rationale,
                schema_version=project.schema_version,
            )
    Annotation.objects.bulk_create(rows.values(), batch_size=5_000)
    people = Counter(item for (item, _), row in rows.items() if row.annotator.is_human)
    for count in set(people.values()):
        # Everyone who answered elsewhere has a place here, overlap or not.
        answered = Item.objects.filter(pk__in=[item for item, answers in people.items() if answers == count])
        answered.update(taken=F("taken") + count, slots=Greatest(F("slots"), F("taken") + count))
    advance(project, list(brought))


def _annotator(project: Project, kind: str, name: str) -> Annotator:
    named = Q(name=name) | Q(labeler__name=name)
    found = Annotator.objects.filter(named, project=project, kind=kind).order_by("-pk").first()
    if found is not None:
        return found
    if kind == AnnotatorKind.HUMAN:
        return Annotator.objects.create(project=project, kind=kind, name=name)
    labeler = Labeler.objects.create(project=project, name=name, version=1, kind="imported", active=False)
    return Annotator.objects.create(project=project, kind=kind, name=name, labeler=labeler)


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
