from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_file_comes_with_its_manifest(cast: Cast, tmp_path: Path) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    out, target = io.StringIO(), tmp_path / "set.jsonl"
    call_command("export_dataset", cast.project.slug, "--format", "jsonl", "--out", target, stdout=out)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert digest in out.getvalue()
    assert len(target.read_text().splitlines()) == 2
    manifest = json.loads((tmp_path / "set.jsonl.manifest.json").read_text())
    assert (manifest["sha256"], manifest["rows"]) == (digest, 2)
    assert {path.name for path in tmp_path.iterdir()} == {"set.jsonl", "set.jsonl.manifest.json"}


def test_only_the_asked_stages_are_exported(cast: Cast, tmp_path: Path) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    target = tmp_path / "set.csv"
    call_command("export_dataset", cast.project.slug, "--format=csv", "--out", target, "--stage=settled")
    assert len(target.read_text().splitlines()) == 2


def test_what_cannot_be_written_is_one_sentence(cast: Cast, tmp_path: Path) -> None:
    for slug, format, out, sentence in (
        ("nowhere", "jsonl", tmp_path / "x", "There is no project"),
        (cast.project.slug, "exe", tmp_path / "x", "The format is one of"),
        (cast.project.slug, "jsonl", tmp_path / "no" / "x", "cannot be written"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("export_dataset", slug, "--format", format, "--out", out)
    assert list(tmp_path.iterdir()) == []


def test_what_is_asked_on_the_command_line_is_what_is_in_the_file(cast: Cast, tmp_path: Path) -> None:
    cast.add(*(f"text {number}" for number in range(12)), gold={"intent": "refund"})
    cast.add("by chat", metadata={"channel": "chat"})
    target, card = tmp_path / "set.jsonl", tmp_path / "README.md"
    asked = ["--filter=gold=yes", "--split=train=0.5", "--split=test=0.5", "--seed=3", "--gold", "--pseudonyms"]
    call_command("export_dataset", cast.project.slug, "--out", target, *asked, "--licence=MIT", "--card", card)
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(records) == 12
    assert {record["split"] for record in records} == {"train", "test"}
    assert all(record["gold"] == {"intent": "refund"} for record in records)
    assert 'license: "MIT"' in card.read_text()
    # The same snapshot once more, in another format; and what there is to choose.
    late = tmp_path / "set.csv"
    call_command("export_dataset", cast.project.slug, "--out", late, "--snapshot=1", "--format=csv")
    assert len(late.read_text().splitlines()) == 13
    out = io.StringIO()
    call_command("export_dataset", cast.project.slug, "--formats", stdout=out)
    assert "--setting spreadsheet_safe=yes|no" in out.getvalue()
    for wrong, code in ((["--snapshot=9", "--out", late], 1), (["--stratify=intent", "--out", late], 1), ([], 2)):
        with pytest.raises(CommandError) as refusal:
            call_command("export_dataset", cast.project.slug, *wrong)
        assert refusal.value.returncode == code
