from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import BadRow, Row, UnreadableFile, Unwritable, detect
from annotation.exchange.conll import Conll
from annotation.exchange.token_tags import SCHEMES, spans_of, tags_of

from .tools import came_back, projects, questions, shape_of, written

KIND = Conll()
ASKED = questions("spans", values=("ham", "eggs"))
MENTIONS = [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corpus.conll"


@given(
    records=projects(ASKED),
    scheme=st.sampled_from(SCHEMES),
    columns=st.sampled_from("24"),
    comments=st.sampled_from(["no", "yes"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_what_is_written_comes_back_the_same(
    path: Path, records: list[dict[str, Any]], scheme: str, columns: str, comments: str
) -> None:
    chosen = {"scheme": scheme, "columns": columns, "comments": comments}
    path.write_bytes(first := written(KIND, records, shape_of(ASKED), chosen))
    again, _preview = came_back(KIND, path, ASKED, as_labels=True)
    assert written(KIND, again, shape_of(ASKED), chosen) == first
    if comments == "yes":
        assert [each["fields"] for each in again] == [each["fields"] for each in records]
        assert [each["external_id"] for each in again] == [each["external_id"] for each in records]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-PER I-PER B-PER O B-LOC", MENTIONS),
        ("I-PER I-PER B-PER O I-LOC", MENTIONS),
        ("B-PER E-PER S-PER O S-LOC", MENTIONS),
        ("B-PER L-PER U-PER O U-LOC", MENTIONS),
        ("PER PER O LOC", [(0, 2, "PER"), (3, 4, "LOC")]),
        ("B-PER I-LOC E-LOC", [(0, 1, "PER"), (1, 3, "LOC")]),
        ("B-a-b I-a-b", [(0, 2, "a-b")]),
    ],
)
def test_every_scheme_says_the_same_spans(tags: str, spans: list[tuple[int, int, str]]) -> None:
    assert spans_of(tags.split()) == spans
    for scheme in SCHEMES:
        assert spans_of(tags_of(spans, len(tags.split()), scheme)) == spans


def test_conll_2003_keeps_documents_and_says_which_columns_it_leaves(path: Path) -> None:
    path.write_text(
        "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP B-MISC\n# NN I-NP O\n\n"
        "-DOCSTART- -X- -X- O\n\nPeter NNP B-NP B-PER\nBlackburn NNP I-NP I-PER\n"
    )
    assert detect(path, "eng.train").name == "conll"
    first, second = KIND.read(path)
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.line, first.values) == (3, {"text": "EU rejects German #", "document": 1})
    assert first.votes[0].answers["entities"][1] == {"start": 11, "end": 17, "label": "MISC", "text": "German"}
    assert second.values == {"text": "Peter Blackburn", "document": 2}
    assert [each["text"] for each in second.votes[0].answers["entities"]] == ["Peter Blackburn"]
    preview = KIND.columns_and_preview(path)
    assert preview.questions[0].options == ("ORG", "MISC", "PER")
    assert len(preview.losses) == 2
    assert "(2, 3)" in preview.losses[1]
    assert [row.line for row in KIND.read(path, start_after=3)] == [10]


def test_tabs_tags_in_front_numbered_tokens_and_comments_are_understood(path: Path) -> None:
    path.write_text(
        "# id = s-1\n# text = new  York🚲\n1\tnew\tB-LOC\n2\tYork\tI-LOC\n3\t🚲\tO\n\n# note = x\n1\ta b\tO\n\n"
    )
    first, second = KIND.read(path)
    assert first.values == {"text": "new  York🚲", "id": "s-1"}  # type: ignore[union-attr]
    assert first.votes[0].answers["entities"][0]["text"] == "new  York"  # type: ignore[union-attr]
    assert second.values == {"text": "a b"}  # type: ignore[union-attr]
    assert second.losses == ("Comments about a sentence.",)  # type: ignore[union-attr]
    path.write_text("B-CITY new\nI-CITY York\nO is\n\nO it\n")
    assert [row.values["text"] for row in KIND.read(path)] == ["new York is", "it"]  # type: ignore[union-attr]


def test_a_sentence_that_cannot_be_read_is_named_and_those_around_it_are_read(path: Path) -> None:
    good = b"a O\nb B-X\n\n"
    path.write_bytes(good * 20 + b"a O\nlonely\n\n" + b"caf\xe9 O\n\n" + good + b"t O\n" * 20_001 + b"\n" + good)
    verdicts = list(KIND.read(path))
    bad = {each.line: each.reason for each in verdicts if isinstance(each, BadRow)}
    assert bad == {
        61: "Line 62 does not have the 2 columns of the file, but 1.",
        64: "Line 64 is not valid UTF-8.",
        69: "The sentence has more than 20,000 tokens.",
    }
    assert len(verdicts) == 25
    path.write_text("just\nwords\n")
    with pytest.raises(UnreadableFile, match="tags"):
        KIND.read(path)


def test_spans_that_overlap_and_labels_with_spaces_are_counted_as_losses() -> None:
    spans = [
        {"start": 0, "end": 7, "label": "more toast", "text": "ham 🚲 x"},
        {"start": 4, "end": 5, "label": "ham", "text": "🚲"},
        {"start": 3, "end": 4, "label": "ham", "text": " "},
    ]
    record = {"fields": {"text": "ham 🚲 x!"}, "external_id": "", "labels": {"my_spans": {"value": spans}}}
    target = io.BytesIO()
    outcome = KIND.write([record, {**record, "labels": {}}], target, shape_of(questions("spans")), {})
    assert target.getvalue().decode() == "ham B-more_toast\n🚲 I-more_toast\nx I-more_toast\n! O\n\n"
    assert outcome.rows == 1
    assert sorted(outcome.losses.values()) == [1, 1, 1, 1]
    with pytest.raises(Unwritable, match="spans"):
        KIND.write([], target, shape_of(questions("choice")), {})


def test_doccano_wants_tabs_and_label_studio_writes_spaces_in_labels(path: Path) -> None:
    spans = [{"start": 0, "end": 3, "label": "ham", "text": "ham"}]
    record = {"fields": {"text": "ham x"}, "external_id": "", "labels": {"my_spans": {"value": spans}}}
    target = io.BytesIO()
    KIND.write([record], target, shape_of(questions("spans")), {"columns": "tab"})
    assert target.getvalue() == b"ham\tB-ham\nx\tO\n\n"
    path.write_text("-DOCSTART- -X- O\n" + "a -X- _ O\n" * 9 + "more -X- _ B-more toast\nbread -X- _ I-more toast\n\n")
    (row,) = KIND.read(path)
    assert row.votes[0].answers["entities"] == [  # type: ignore[union-attr]
        {"start": 18, "end": 28, "label": "more toast", "text": "more bread"}
    ]
