"""Hugging Face dataset folders: what `save_to_disk` wrote, or what lies on the hub, as a zip of the folder.

Written is the hub's layout: `README.md` with front matter and the dataset card, `data/<split>-….parquet`; once unpacked
`datasets.load_dataset(folder)` opens it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from .arrow_tables import TableWriter
from .base import Preview, Reading, Setting, Shape, Sink, Written
from .confined import ConfinedReading
from .parquet import Parquet, preview_of, voting
from .readings import ReadingOf
from .zip_files import ZipOutput

# The split of what has none, alone and beside others.
WHOLE, REST = "train", "rest"
_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)??---\n", re.S)
_SPLITS = re.compile(r"(?:^|/)(?:train|test|validation|valid|dev|val)(?:[-_./]|$)")


class HuggingFace:
    """Reader and writer of zipped dataset folders; reads `.arrow` files, too."""

    name = "huggingface"
    title = "Hugging Face dataset"
    extensions: tuple[str, ...] = (".zip", ".arrow")
    media_type = "application/zip"
    reads = writes = keeps_split = keeps_gold = True
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        streamed = head.startswith(b"\xff\xff\xff\xff") and filename.lower().endswith(".arrow")
        return 1.0 if streamed or head.startswith(b"ARROW1") else 0.0

    def sniff_folder(self, folder: Path, names: list[str]) -> float:
        files = [PurePosixPath(name) for name in names]
        if any(file.name in ("state.json", "dataset_dict.json") for file in files):
            return 1.0 if any(file.suffix == ".arrow" for file in files) else 0.0
        tables = [name for name in names if name.endswith((".parquet", ".arrow"))]
        if not tables or any(file.suffix in (".csv", ".jsonl", ".json", ".txt") for file in files):
            return 0.0
        return 0.96 if any(_SPLITS.search(name) for name in tables) or "README.md" in names else 0.8

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(ConfinedReading("datasets", path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return ReadingOf(ConfinedReading("datasets", path, start_after), voting)

    def leaves_out(self, shape: Shape) -> list[str]:
        return Parquet().leaves_out(shape)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A Parquet file a split, in order of their first records; `shape.card` becomes the README."""
        written = Written()
        with tempfile.TemporaryDirectory() as folder:
            files: dict[str, Path] = {}
            with ExitStack() as stack:
                tables: dict[str, TableWriter] = {}
                for record in records:
                    split = record.get("split") or ""
                    if split not in tables:
                        files[split] = Path(folder) / str(len(files))
                        file: BinaryIO = stack.enter_context(files[split].open("wb"))
                        tables[split] = stack.enter_context(TableWriter(file, shape))
                    tables[split].add(record)
                    written.rows += 1
                if not files:
                    files[""] = Path(folder) / "0"
                    stack.enter_context(TableWriter(stack.enter_context(files[""].open("wb")), shape))
            named = {_split_name(split, alone=len(files) == 1): path for split, path in files.items()}
            with ZipOutput(target) as output:
                output.add("README.md", readme(shape, named).encode())
                for name, path in named.items():
                    # Parquet is compressed already.
                    output.add(f"data/{name}-00000-of-00001.parquet", path, compressed=False)
        return written


def readme(shape: Shape, splits: Iterable[str]) -> str:
    """The dataset card with the hub's front matter: `configs` says which files are which split."""
    found = _FRONT_MATTER.match(shape.card)
    front = (found[1] or "") if found else ""
    body = shape.card[found.end() :] if found else shape.card or f"# {shape.name or 'Dataset'}\n"
    if not re.search(r"^configs:", front, re.M):
        files = "".join(f"  - split: {name}\n    path: data/{name}-*\n" for name in splits)
        front += f"configs:\n- config_name: default\n  data_files:\n{files}"
    return f"---\n{front}---\n\n{body.lstrip()}"


def _split_name(split: str, *, alone: bool) -> str:
    """A name as `datasets` admits it: letters, digits and underscores."""
    if not split:
        return WHOLE if alone else REST
    return re.sub(r"\W", "_", split)
