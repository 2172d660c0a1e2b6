from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import Row, Shape, get
from annotation.questions import Option, Question

from .files import INTENT, record

LONG = get("long_table")
OPTIONS = (Option("a", "A"), Option("b", "B"))
ASKED = (
    INTENT,
    Question("tags", "multichoice", "Tags", options=OPTIONS),
    Question("parts", "spans", "Parts", options=OPTIONS),
    Question("order", "ranking", "Order", options=OPTIONS),
    Question("stars", "rating", "Stars"),
    Question("note", "text", "Note"),
)
SHAPE = Shape(("text",), tuple(each.name for each in ASKED), ("channel",), asked=ASKED)
AS_THEY_ARE = {"spreadsheet_safe": "no"}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "intent": st.sampled_from(INTENT.values),
        "tags": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "parts": st.just([{"start": 0, "end": 1, "label": "a", "text": "🚲"}]),
        "order": st.sampled_from([[["a"], ["b"]], [["a", "b"]]]),
        "stars": st.integers(1, 5),
        "note": TEXT | st.just('["a"]') | st.just("3"),
    },
)
VOTE = st.fixed_dictionaries(
    {
        "annotator": TEXT,
        "kind": st.sampled_from(["human", "model"]),
        "answers": ANSWERS.filter(bool),
        "distribution": st.just({}),
        "confidence": st.none() | st.floats(0, 1),
        "rationale": st.just("") | TEXT,
        "seconds": st.none() | st.floats(0, 100),
        "at": st.just("2026-01-02T03:04:05+00:00"),
        "advice": st.just(False),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "votes.csv"


@given(votes=st.lists(st.lists(VOTE, min_size=1, max_size=3, unique_by=lambda vote: vote["annotator"]), max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_every_vote_comes_back_with_its_answers_of_every_type(path: Path, votes: list[list[dict[str, Any]]]) -> None:
    records = [record(number, annotations=each) for number, each in enumerate(votes, 1)]
    with path.open("wb") as target:
        assert LONG.write(records, target, SHAPE, AS_THEY_ARE).rows == len(votes)
    rows = [each for each in LONG.read(path) if isinstance(each, Row)]
    assert [row.values["fields.text"] for row in rows] == ["Where is my parcel?"] * len(votes)
    for row, given_votes in zip(rows, votes, strict=True):
        for vote, expected in zip(row.votes, given_votes, strict=True):
            assert vote.annotator == expected["annotator"]
            assert (vote.kind, vote.answers) == (expected["kind"], expected["answers"])
            assert (vote.confidence, vote.seconds) == (expected["confidence"], expected["seconds"])
            assert (vote.rationale, vote.at) == (expected["rationale"], expected["at"])
    for done in rows:
        assert [each.line for each in LONG.read(path, done.line)] == [
            each.line for each in rows if each.line > done.line
        ]


def test_ratings_below_zero_come_back_from_a_table_for_spreadsheets_and_apostrophes_before_texts_are_told(
    path: Path,
) -> None:
    said = {"stars": -2, "note": "=1"}
    with path.open("wb") as target:
        LONG.write([record(annotations=[{**record()["annotations"][0], "answers": said}])], target, SHAPE, {})
    (row,) = LONG.read(path)
    assert isinstance(row, Row)
    assert row.votes[0].answers == {"stars": -2, "note": "'=1"}
    assert any("apostrophe" in sentence for sentence in LONG.leaves_out(SHAPE))


def test_a_table_of_other_tools_is_read_without_types_and_rows_without_answers_are_told(path: Path) -> None:
    path.write_text(
        'item,annotator,question,value,text\n1,ann,q,a,Hi\n1,bob,q,3,Hi\n1,bob,,,Hi\n2,ann,q,"[""a""]",Ho\n'
    )
    first, second = LONG.read(path)
    assert isinstance(first, Row) and isinstance(second, Row)
    assert [vote.answers for vote in first.votes] == [{"q": "a"}, {"q": "3"}]
    assert first.losses == ("A row that says nothing about a question.",)
    assert first.values == {"item": "1", "text": "Hi"}
    assert second.votes[0].answers == {"q": ["a"]}


def test_pandas_opens_it_and_texts_can_be_left_out() -> None:
    target = io.BytesIO()
    written = LONG.write([record(1), record(2, annotations=[])], target, SHAPE, {"texts": "no", "delimiter": "tab"})
    frame = pandas.read_csv(io.BytesIO(target.getvalue()), sep="\t")
    assert frame[["item", "annotator", "question", "value"]].values.tolist() == [[1, "ann", "intent", "delivery"]]
    assert "fields.text" not in frame
    assert (written.rows, sum(written.losses.values())) == (1, 1)
