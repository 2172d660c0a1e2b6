"""Hugging Face `datasets` in and out. Importing this module needs `datasets`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import datasets

from .jobs import Import
from .lines import import_rows
from .project import Project


def dataset(project: Project, **wanted: Any) -> datasets.Dataset:
    """The dataset as it is now, frozen in a snapshot; `wanted` as `Project.snapshot` takes it.

    What split a row is in stands in its column `split`.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = project.export(Path(folder) / "dataset.parquet", format="parquet", **wanted)
        return datasets.Dataset.from_parquet(str(file), keep_in_memory=True, cache_dir=folder)


def add(
    project: Project,
    data: datasets.Dataset | datasets.DatasetDict,
    *,
    mapping: Mapping[str, Any] | None = None,
) -> Import:
    """Import a dataset's rows; classes by their names. Of a DatasetDict, each row's split is in its column `split`."""
    return import_rows(project, _rows(data), name="dataset", mapping=mapping)


def _rows(data: datasets.Dataset | datasets.DatasetDict) -> Iterator[dict[str, Any]]:
    if isinstance(data, datasets.DatasetDict):
        for split, part in data.items():
            for row in _rows(part):
                yield {**row, "split": str(split)}
        return
    classes = {
        name: feature.names for name, feature in data.features.items() if isinstance(feature, datasets.ClassLabel)
    }
    for row in data:
        yield {**row, **{name: _class_name(row[name], names) for name, names in classes.items()}}


def _class_name(number: int | None, names: list[str]) -> str | None:
    """-1 is a label that is not known."""
    return None if number is None or number < 0 else names[number]
