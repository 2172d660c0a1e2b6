"""Write the frozen records of a snapshot in a format: the same records, settings and version give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.exchange import FORMATS, Written
from annotation.exchange.base import FrozenFormat, Sink
from annotation.exchange.by_split import EXTENSION, MEDIA_TYPE, write_by_split
from annotation.exchange.frozen import lines_of, thaw, thaw_split
from annotation.models import Snapshot
from annotation.reports.dataset_card import dataset_card

from .freezing import shape_from
from .shelving import on_disk
from .stepping import Steps
from .terms import APART, FILES


def write_format(
    snapshot: Snapshot, format: str, settings: Mapping[str, str], target: Sink, steps: Steps, figure: str
) -> Written:
    """Raises Unwritable, Stopped, and OSError where the records are not whole. `figure` counts the records."""
    kind, manifest = FORMATS[format], snapshot.manifest
    shape = shape_from(manifest, dataset_card(manifest))
    chosen = {name: value for name, value in settings.items() if name != FILES}
    path = on_disk(snapshot.records)
    apart = is_apart(manifest, format, settings)
    if isinstance(kind, FrozenFormat) and not apart:
        return kind.write_frozen(steps.count(lines_of(path), figure), target)
    lost: Counter[str] = Counter()

    def counted(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in steps.count(records, figure):
            if not kind.keeps_gold and record.get("gold"):
                lost[_("Known answers, for which this format has no place.")] += 1
            yield record

    def split_of(name: str) -> Iterator[dict[str, Any]]:
        return counted(thaw_split(path, name))

    if apart:
        written = write_by_split(kind, split_of, manifest["split_rows"], target, shape, chosen)
    else:
        written = kind.write(counted(thaw(path)), target, shape, chosen)
    written.losses.update(lost)
    return written


def is_apart(manifest: Mapping[str, Any], format: str, settings: Mapping[str, str]) -> bool:
    """Whether it is one file a split, in a zip."""
    if not any(manifest.get("split_rows", {})):
        return False
    return not FORMATS[format].keeps_split or settings.get(FILES) == APART


def kind_of_file(manifest: Mapping[str, Any], format: str, settings: Mapping[str, str]) -> tuple[str, str]:
    """(extension, media type)."""
    if is_apart(manifest, format, settings):
        return EXTENSION, MEDIA_TYPE
    return FORMATS[format].extensions[0], FORMATS[format].media_type


def media_types() -> list[str]:
    """Every type that a file of a snapshot can have."""
    return sorted({MEDIA_TYPE, *(kind.media_type for kind in FORMATS.values() if kind.writes)})
