"""pandas in and out. Importing this module needs pandas, and `dataset` needs pyarrow besides."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas

from .jobs import Import
from .lines import import_rows
from .project import Project


def dataset(project: Project, **wanted: Any) -> pandas.DataFrame:
    """The dataset as it is now, frozen in a snapshot: one row an item. `wanted` as `Project.snapshot` takes it."""
    with tempfile.TemporaryDirectory() as folder:
        file = project.export(Path(folder) / "dataset.parquet", format="parquet", **wanted)
        return pandas.read_parquet(file)


def items(project: Project, **filters: Any) -> pandas.DataFrame:
    """The items that fit, without a snapshot: fields, and per question its answer and how sure that is."""
    rows = []
    for item in project.items(**filters):
        row: dict[str, Any] = {name: item[name] for name in ("id", "external_id", "stage", "split")}
        row |= {f"fields.{name}": value for name, value in item["fields"].items()}
        row |= {f"metadata.{name}": value for name, value in item["metadata"].items()}
        for question, consensus in item["consensus"].items():
            row[question] = consensus["value"]
            row[f"{question}.posterior"] = consensus["posterior"]
            row[f"{question}.decided_by"] = consensus["decided_by"]
        rows.append(row)
    return pandas.DataFrame(rows)


def answers(project: Project, *, mine: bool = False) -> pandas.DataFrame:
    """One row an answer to a question: item, annotator, kind, question, value, seconds."""
    return pandas.DataFrame(
        [
            {
                "item": each["item"],
                "annotator": each["annotator"],
                "kind": each["kind"],
                "question": question,
                "value": value,
                "seconds": each["seconds"],
            }
            for each in project.annotations(mine=mine)
            for question, value in each["answers"].items()
        ],
        columns=["item", "annotator", "kind", "question", "value", "seconds"],
    )


def add(project: Project, frame: pandas.DataFrame, *, mapping: Mapping[str, Any] | None = None) -> Import:
    """Import a frame's rows; the index is left out. `mapping` as `Project.import_file` takes it."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise ValueError("The frame has two columns of one name.")
    tuples = frame.itertuples(index=False, name=None)
    rows = ({name: _plain(value) for name, value in zip(names, row, strict=True)} for row in tuples)
    return import_rows(project, rows, name="frame", mapping=mapping)


def _plain(value: Any) -> Any:
    """As JSON has it: what is missing is null, numbers of NumPy are numbers."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return None if pandas.isna(value) else value
