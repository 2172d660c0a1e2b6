from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from spacy.tokens import DocBin

from annotation.exchange import BadRow, Row, UnreadableFile, detect
from annotation.exchange.docbin import DocBinFile
from annotation.exchange.docbin_rows import open_rows
from annotation.exchange.spacy_jsonl import SpacyJsonLines

from .tools import came_back, projects, questions, shape_of, written

DOCBIN, JSONL = DocBinFile(), SpacyJsonLines()
ASKED = questions("spans", "multichoice")


@given(records=projects(ASKED))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_examples_come_back_from_json_lines(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(first := written(JSONL, records, shape_of(ASKED)))
    again, _preview = came_back(JSONL, path, ASKED, as_labels=True)
    assert written(JSONL, again, shape_of(ASKED)) == first


@given(records=projects(ASKED))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
def test_spacy_opens_what_is_written(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "train.spacy"
    path.write_bytes(written(DOCBIN, records, shape_of(ASKED), {"spans": "groups"}))
    docs = list(DocBin().from_disk(path).get_docs(spacy.blank("xx").vocab))
    for doc, record in zip(docs, records, strict=True):
        assert doc.text == record["fields"]["text"]
        assert [value for value, share in doc.cats.items() if share] == record["labels"]["my_multichoice"]["value"]
        wanted = {
            (span["label"], span["text"].strip())
            for span in record["labels"]["my_spans"]["value"]
            if span["text"].strip()
        }
        assert {(span.label_, span.text) for span in doc.spans["my_spans"]} == wanted


def test_a_docbin_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "train.spacy"
    span = {"start": 2, "end": 5, "label": "ham", "text": "🚲 b"}
    record = {
        "id": 1, "external_id": "", "fields": {"text": "a 🚲 bc\n"}, "metadata": {}, "stage": "settled", "split": "",
        "source": "imported", "annotations": [],
        "labels": {"my_spans": {"value": [span]}, "my_multichoice": {"value": ["eggs"]}},
    }  # fmt: skip
    path.write_bytes(first := written(DOCBIN, [record], shape_of(ASKED)))
    again, preview = came_back(DOCBIN, path, ASKED, as_labels=True)
    assert written(DOCBIN, again, shape_of(ASKED)) == first
    assert [(each.name, each.type) for each in preview.questions] == [("entities", "spans"), ("cats", "choice")]


def test_entities_groups_and_shares_of_examples_are_votes(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    lines = [
        {"text": "Ada 🚲 Rom", "entities": [[6, 9, "LOC"]], "spans": {"sc": [[0, 9, "ALL"], [0, 3, "PER"]]}, "id": "a"},
        {"text": "b", "entities": [{"start": 0, "end": 1, "label": "X"}], "cats": {"x": 0.75, "y": 0.25}},
        {"text": "c", "cats": {"x": 1, "y": 1}, "heads": [0]},
        {"text": "d", "entities": [[0, 9, "X"]], "spans": [["?"]]},
        {"entities": []},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    assert detect(path, path.name).name == "spacy_jsonl"
    first, soft, several, wrong, bare = JSONL.read(path)
    assert isinstance(first, Row)
    assert first.values == {"text": "Ada 🚲 Rom", "id": "a"}
    assert [span["text"] for span in first.votes[0].answers["entities"]] == ["Rom"]
    assert [span["label"] for span in first.votes[0].answers["sc"]] == ["ALL", "PER"]
    assert isinstance(soft, Row)
    assert soft.votes[0].distribution == {"cats": {"x": 0.75, "y": 0.25}}
    assert isinstance(several, Row)
    assert [each.votes[0].answers["cats"] for each in (soft, several)] == [["x"], ["x", "y"]]
    assert [len(each.losses) for each in (several, wrong)] == [1, 2]  # type: ignore[union-attr]
    assert isinstance(bare, BadRow)


def test_a_docbin_that_is_damaged_or_bursts_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = written(DOCBIN, [], shape_of(ASKED))
    packing = zlib.compressobj(1)
    bomb = b"".join(packing.compress(bytes(1 << 20)) for _megabyte in range(257)) + packing.flush()
    reasons = {"damaged": (whole[:-9] + b"\0" * 9, "DocBin|damaged"), "bursting": (bomb, "256 MB")}
    for name, (content, reason) in reasons.items():
        path = tmp_path / f"{name}.spacy"
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=reason):
            open_rows(path)


def test_what_spacy_itself_saved_is_read(tmp_path: Path) -> None:
    """Groups of spans, categories, and nothing of the user data, whatever is in it."""
    path = tmp_path / "saved.spacy"
    doc = spacy.blank("en")("Ada met Bob in Rome.")
    doc.ents = [doc.char_span(0, 3, "PERSON"), doc.char_span(15, 19, "GPE")]
    doc.spans["sc"] = [doc.char_span(0, 11, "MEETING"), doc.char_span(8, 11, "PERSON")]
    doc.cats = {"news": 1.0, "spam": 0.0}
    doc.user_data["x"] = {"deep": [1]}
    DocBin(store_user_data=True, docs=[doc]).to_disk(path)
    assert detect(path, path.name).name == "docbin"
    (row,) = DOCBIN.read(path)
    assert isinstance(row, Row)
    assert row.values == {"text": doc.text}
    said = row.votes[0].answers
    assert [(span["text"], span["label"]) for span in said["entities"]] == [("Ada", "PERSON"), ("Rome", "GPE")]
    assert [span["text"] for span in said["sc"]] == ["Ada met Bob", "Bob"]
    assert said["cats"] == "news"
