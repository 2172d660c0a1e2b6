from __future__ import annotations

import io
from pathlib import Path

import datasets
import pytest

from annotation.exchange import Row, Shape, UnreadableFile, detect, get, preview_file, read_file, unpack

from .files import INTENT, record

HUGGING_FACE = get("huggingface")
CARD = "---\nlicense: cc-by-4.0\n---\n\n# Messages\n\nWho labelled them.\n"
SHAPE = Shape(
    ("text",), ("intent",), ("channel",), shown=({"name": "text", "type": "text"},), asked=(INTENT,), card=CARD
)  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`datasets` keeps its caches beside the test and looks at no network."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()


def test_load_dataset_opens_what_is_written_split_by_split_and_it_comes_back_whole(tmp_path: Path) -> None:
    splits = ["train", "test", "", "train"]
    records = [record(number, split=split, fields={"text": f"🚲 {number}"}) for number, split in enumerate(splits)]
    target = io.BytesIO()
    assert HUGGING_FACE.write(records, target, SHAPE, {}).rows == 4
    again = io.BytesIO()
    HUGGING_FACE.write(records, again, SHAPE, {})
    assert again.getvalue() == target.getvalue()
    archive = tmp_path / "dataset.zip"
    archive.write_bytes(target.getvalue())
    found = unpack(archive, "dataset.zip", tmp_path / "folder")

    loaded = datasets.load_dataset(str(found.path))
    assert {name: part["text"][:] for name, part in loaded.items()} == {
        "train": ["🚲 0", "🚲 3"], "test": ["🚲 1"], "rest": ["🚲 2"],
    }  # fmt: skip
    readme = (found.path / "README.md").read_text()
    assert readme.startswith("---\nlicense: cc-by-4.0\nconfigs:\n")
    assert readme.endswith("# Messages\n\nWho labelled them.\n")

    kind = detect(*found)
    assert kind.name == "huggingface"
    rows = [each for each in read_file(kind, found.path, start_after=1) if isinstance(each, Row)]
    assert [(each.line, each.values["text"], each.values["split"]) for each in rows] == [
        (2, "🚲 1", "test"), (3, "🚲 0", "train"), (4, "🚲 3", "train"),
    ]  # fmt: skip
    assert rows[0].votes[0].answers == {"intent": "delivery"}


def test_what_save_to_disk_wrote_is_read_with_the_names_of_its_classes(tmp_path: Path) -> None:
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neg", "pos"]),
            "tags": datasets.List(datasets.ClassLabel(names=["O", "B-PER"])),
        }
    )
    parts = {
        "train": {"text": ["a", "b"], "label": [1, -1], "tags": [[0, 1], []]},
        "test": {"text": ["c"], "label": [0], "tags": [[1]]},
    }
    folder = tmp_path / "saved"
    datasets.DatasetDict(
        {name: datasets.Dataset.from_dict(part, features=features) for name, part in parts.items()}
    ).save_to_disk(str(folder))
    kind = detect(folder, "saved.zip")
    assert kind.name == "huggingface"
    assert [each.values for each in preview_file(kind, folder).rows] == [
        {"text": "c", "label": "neg", "tags": ["B-PER"], "split": "test"},
        {"text": "a", "label": "pos", "tags": ["O", "B-PER"], "split": "train"},
        {"text": "b", "label": None, "tags": [], "split": "train"},
    ]
    # A file name that leads out of the folder leads nowhere.
    state = folder / "train" / "state.json"
    state.write_text(state.read_text().replace("data-00000", "../../../data-00000"))
    assert len(list(read_file(kind, folder))) == 3
    (folder / "test" / "state.json").write_text("[]")
    with pytest.raises(UnreadableFile, match="no dataset folder"):
        read_file(kind, folder)


def test_splits_of_the_hub_are_told_by_the_names_of_files_and_folders(tmp_path: Path) -> None:
    for name in ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "default/test/0000.parquet"):
        (tmp_path / "hub" / name).parent.mkdir(parents=True, exist_ok=True)
        datasets.Dataset.from_dict({"text": [name]}).to_parquet(str(tmp_path / "hub" / name))
    rows = preview_file(HUGGING_FACE, tmp_path / "hub").rows
    assert [each.values["split"] for each in rows] == ["train", "train", "test"]
