from __future__ import annotations

import io
import random
import resource
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest
from pyarrow import parquet

from annotation.exchange import Row, Shape, UnreadableFile, get
from annotation.exchange.plain_values import BINARY

from .files import INTENT, read_all, record

PARQUET = get("parquet")
SHAPE = Shape(
    ("text", "talk"),
    ("intent", "topics", "parts"),
    ("channel",),
    shown=({"name": "text", "type": "text", "title": ""}, {"name": "talk", "type": "chat", "title": ""}),
    asked=(INTENT,),
)
TALK = [{"role": "user", "content": "Grüße 🚲"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload.parquet"


def written(records: list[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    assert PARQUET.write(records, target, SHAPE, {}).rows == len(records)
    return target.getvalue()


def test_a_snapshot_comes_back_whole_and_the_same_bytes_each_time(path: Path) -> None:
    records = [
        record(number, fields={"text": "=1+1\0🚲", "talk": TALK}, gold={"intent": "other"} if number == 2 else {})
        for number in range(1, 4)
    ]
    path.write_bytes(written(records))
    assert path.read_bytes() == written(records)
    rows = [each for each in PARQUET.read(path) if isinstance(each, Row)]
    assert [each.line for each in rows] == [1, 2, 3]
    values = rows[1].values
    assert (values["text"], values["talk"], values["external_id"]) == ("=1+1\0🚲", TALK, "m-2")
    assert values["intent"] == "delivery"
    assert values["intent.posterior"] == 0.98
    assert values["metadata.channel"] == "chat"
    assert values["labels"] == records[1]["labels"]
    assert values["gold.intent"] == "other"
    (vote,) = rows[1].votes
    assert (vote.annotator, vote.answers, vote.at) == ("ann", {"intent": "delivery"}, "2026-01-02T03:04:05Z")
    preview = PARQUET.columns_and_preview(path, 2)
    assert len(preview.rows) == 2
    assert {"text", "gold.intent"} <= set(preview.columns)
    assert [(each.name, each.type) for each in preview.questions] == [("intent", "choice")]
    reading = PARQUET.read(path, start_after=2)
    assert [each.line for each in reading] == [3]
    assert reading.position == reading.size


def test_pandas_opens_what_is_written_with_its_types(path: Path) -> None:
    path.write_bytes(written([record(1, fields={"text": "a", "talk": TALK}), record(2, labels={}, metadata={})]))
    frame = pandas.read_parquet(path)
    assert list(frame["intent"][:1]) == ["delivery"]
    assert frame["intent.posterior"].dtype == float
    assert frame["talk"][0][0]["content"] == "Grüße 🚲"
    assert frame["intent"].isna().tolist() == [False, True]
    path.write_bytes(written([]))
    assert not len(pandas.read_parquet(path))


def test_values_of_every_type_become_what_json_can_say_and_bytes_are_told(path: Path) -> None:
    table = pyarrow.table(
        {
            "text": ["a", "b", "c"],
            "day": [date(2026, 1, 2), None, None],
            "price": [Decimal("1.50"), Decimal("2.00"), None],
            "share": [0.5, float("nan"), float("inf")],
            "picture": [b"\x89PNG", None, None],
            "nested": [{"k": [1, 2]}, None, None],
        }
    )
    parquet.write_table(table, path)
    first, second, third = PARQUET.read(path)
    assert isinstance(first, Row) and isinstance(second, Row)
    assert first.values == {
        "text": "a", "day": "2026-01-02", "price": "1.50", "share": 0.5, "nested": {"k": [1, 2]},
    }  # fmt: skip
    assert first.losses == (BINARY,)
    assert (second.values["share"], second.values["price"], second.losses) == (None, 2, ())
    assert "infinite" in third.reason  # type: ignore[union-attr]


def test_four_gigabytes_in_a_small_file_are_refused_and_no_process_of_ours_holds_them(path: Path) -> None:
    """U2: a value of a megabyte in 4,096 rows, stored once."""
    rows = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 4096, pyarrow.int32()), ["x" * 1_000_000])
    parquet.write_table(pyarrow.table({"text": rows}), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 464_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFile, match="more memory than it may"):
        list(PARQUET.read(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000


def test_a_row_that_is_too_long_is_a_bad_row(path: Path) -> None:
    parquet.write_table(pyarrow.table({"text": ["a", "b" * 3_000_000, "c"]}), path)
    rows, bad = read_all(PARQUET, path)
    assert set(rows) == {1, 3}
    assert bad == {2: "The record is longer than 2 MB."}


def test_bytes_that_are_no_text_spoil_their_own_row_only(path: Path) -> None:
    """U3."""
    offsets = pyarrow.array([0, 1, 3, 4], pyarrow.int32()).buffers()[1]
    texts = pyarrow.Array.from_buffers(pyarrow.string(), 3, [None, offsets, pyarrow.py_buffer(b"a\xff\xfec")])
    parquet.write_table(pyarrow.table({"text": texts}), path)
    assert read_all(PARQUET, path) == (
        {1: {"text": "a"}, 3: {"text": "c"}},
        {2: "A text of the row is not valid UTF-8."},
    )


def test_a_footer_that_lies_costs_the_file_and_nothing_else(path: Path) -> None:
    whole = written([record(number, fields={"text": str(number) * 50, "talk": TALK}) for number in range(50)])
    chance = random.Random(6)
    for _ in range(3):
        hurt = bytearray(whole)
        for _flip in range(20):
            hurt[chance.randrange(len(hurt) // 2, len(hurt) - 8)] ^= 1 << chance.randrange(8)
        path.write_bytes(hurt)
        try:
            assert len(list(PARQUET.read(path))) <= 50
        except UnreadableFile as error:
            assert "Parquet" in str(error) or "damaged" in str(error) or "memory" in str(error)
    path.write_bytes(whole[:200])
    with pytest.raises(UnreadableFile, match="no Parquet file"):
        PARQUET.read(path)


def test_two_columns_of_the_same_name_are_refused(path: Path) -> None:
    parquet.write_table(pyarrow.table([pyarrow.array(["x"])] * 2, names=["a", "a"]), path)
    with pytest.raises(UnreadableFile, match="“a” twice"):
        PARQUET.columns_and_preview(path)
