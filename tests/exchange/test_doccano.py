from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import BadRow, Row, detect
from annotation.exchange.doccano import Doccano

from .tools import came_back, projects, questions, shape_of, written

KIND = Doccano()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "all.jsonl"


@given(
    data=st.data(), types=st.sampled_from([("spans",), ("choice",), ("multichoice",), ("text",), ("spans", "choice")])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_what_was_decided_comes_back(path: Path, data: st.DataObject, types: tuple[str, ...]) -> None:
    asked = questions(*types)
    records = data.draw(projects(asked))
    path.write_bytes(first := written(KIND, records, shape_of(asked)))
    # Short texts look like options: that they are written ones, a person has to say.
    by_hand = {"my_text": "label"} if types == ("text",) else None
    again, _preview = came_back(KIND, path, asked, as_labels=True, answers=by_hand)
    assert written(KIND, again, shape_of(asked)) == first


@pytest.mark.parametrize(
    ("record", "name", "answer"),
    [
        ({"id": 1, "text": "so 🚲 Rom", "label": [[5, 8, "LOC"]]}, "label", [(5, 8, "LOC", "Rom")]),
        ({"id": 1, "data": "so 🚲 Rom", "label": [[5, 8, "LOC"]], "Comments": []}, "label", [(5, 8, "LOC", "Rom")]),
        ({"id": 1, "text": "a", "label": ["x", "y"]}, "label", ["x", "y"]),
        ({"id": 1, "text": "a", "label": ["eine Übersetzung, " * 20]}, "label", "eine Übersetzung, " * 20),
        ({"text": "buy in Rom", "cats": ["order"], "entities": [[7, 10, "city"]]}, "cats", "order"),
        ({"text": "go Rom", "cats": ["order"], "entities": [[3, 6, "city"]]}, "entities", [(3, 6, "city", "Rom")]),
        (
            {
                "id": 1, "text": "in Rom", "relations": [],
                "entities": [{"id": 4, "label": "LOC", "start_offset": 3, "end_offset": 6}],
            },
            "entities",
            [(3, 6, "LOC", "Rom")],
        ),
    ],
)  # fmt: skip
def test_every_task_type_is_known_by_its_records(path: Path, record: dict[str, Any], name: str, answer: Any) -> None:
    path.write_text(json.dumps([record]))
    assert detect(path, "admin.json").name == "doccano"
    (row,) = KIND.read(path)
    found = row.votes[0].answers[name]  # type: ignore[union-attr]
    if isinstance(answer, list) and isinstance(answer[0], tuple):
        found = [(span["start"], span["end"], span["label"], span["text"]) for span in found]
    assert found == answer


def test_an_archive_with_a_file_a_person_becomes_one_item_a_text(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    said = {"ann": [["a"], [], ["b"]], "bea": [["b"], ["a"], None], "all": [None, None, ["a"]]}
    for name, labels in said.items():
        lines = [
            json.dumps({"id": n, "text": f"text {n}", "label": label, "meta": {"page": n}})
            for n, label in enumerate(labels, 1)
            if label is not None
        ]
        (folder / f"{name}.jsonl").write_text("\n".join([*lines, "broken"] if name == "bea" else lines))
    assert detect(folder, "doccano.zip").name == "doccano"
    verdicts = list(KIND.read(folder))
    rows = [each for each in verdicts if isinstance(each, Row)]
    assert [(row.line, row.values) for row in rows] == [
        (line, {"id": n, "text": f"text {n}", "metadata.page": n}) for line, n in ((1, 1), (2, 2), (4, 3))
    ]
    assert [[(vote.annotator, vote.answers) for vote in row.votes] for row in rows] == [
        [("ann", {"label": "a"}), ("bea", {"label": "b"})],
        [("bea", {"label": "a"})],
        [("", {"label": "a"}), ("ann", {"label": "b"})],
    ]
    (bad,) = [each for each in verdicts if isinstance(each, BadRow)]
    assert bad.reason.startswith("bea, line 3:")
    assert [row.line for row in KIND.read(folder, start_after=2)] == [3, 4]


def test_numbers_of_old_exports_relations_and_pictures(path: Path) -> None:
    marked = [(2, 3, 6, 1), (3, 0, 2, 9)]
    keys = ("label", "start_offset", "end_offset", "user")
    old = {"id": 1, "text": "in Rom", "annotations": [dict(zip(keys, each, strict=True)) for each in marked]}
    related = {"id": 2, "text": "ab", "entities": [], "relations": [{"id": 0, "from_id": 1, "to_id": 2, "type": "x"}]}
    path.write_text("\n".join(map(json.dumps, [old, related, {"id": 3, "filename": "a.png", "label": ["cat"]}])))
    first, second, picture = KIND.read(path)
    assert [vote.annotator for vote in first.votes] == ["1", "9"]  # type: ignore[union-attr]
    assert second.losses == ("Relations between spans.",)  # type: ignore[union-attr]
    assert isinstance(picture, BadRow)
    assert "only texts" in picture.reason


def test_a_plain_file_of_labels_is_not_taken_for_doccanos(path: Path) -> None:
    for record in ({"text": "a", "label": "x"}, {"text": "a", "label": ["x"], "split": "train"}, {"text": "a", "n": 1}):
        path.write_text(json.dumps(record))
        assert detect(path, path.name).name == "jsonl"


def test_every_record_has_the_same_keys_and_what_doccano_spreads_over_them_is_recognized(path: Path) -> None:
    """A key that some records lack is NaN to doccano 1.8, which its database refuses with all of the file."""
    asked = questions("choice")
    full = {"id": 1, "external_id": "x", "fields": {"text": "a"}, "metadata": {"n": 3}, "labels": {}, "annotations": []}
    lines = written(KIND, [full, {**full, "external_id": "", "metadata": {}}], shape_of(asked)).splitlines()
    assert len({tuple(json.loads(line)) for line in lines}) == 1
    record = {"id": "x", "text": "a", "context": "b", "meta": {"n": 3}, "label": ["ham"], "Comments": ["so so"]}
    path.write_text(json.dumps(record) + "\n")
    assert detect(path, "all.jsonl").name == "doccano"
    (row,) = KIND.read(path)
    assert row.values == {"id": "x", "text": "a", "context": "b", "metadata.n": 3}  # type: ignore[union-attr]
