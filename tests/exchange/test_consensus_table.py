from __future__ import annotations

import csv
import io

import pytest

from annotation.exchange import Shape, UnreadableFile, get, readable

from .files import INTENT, record

CONSENSUS = get("consensus_table")
SHAPE = Shape(("text",), ("intent",), asked=(INTENT,))


def vote(annotator: str, answer: str, kind: str = "human") -> dict[str, object]:
    return {"annotator": annotator, "kind": kind, "answers": {"intent": answer}}


def test_a_row_says_what_was_decided_by_whom_and_how_many_people_agree() -> None:
    votes = [vote("ann", "delivery"), vote("bob", "other"), vote("bot", "delivery", "model")]
    target = io.BytesIO()
    written = CONSENSUS.write([record(1, annotations=votes), record(2, labels={})], target, SHAPE, {})
    (row,) = csv.DictReader(io.StringIO(target.getvalue().decode()))
    assert (row["item"], row["question"], row["value"], row["shown"]) == ("1", "intent", "delivery", "Delivery")
    assert (row["decided_by"], row["by"], row["method"], row["posterior"]) == ("people", "ann", "majority", "0.98")
    assert (row["people"], row["people_who_agree"]) == ("2", "1")
    assert (written.rows, sum(written.losses.values())) == (1, 1)


def test_what_is_only_written_is_not_offered_for_reading() -> None:
    assert CONSENSUS not in readable()
    for name in ("consensus_table", "soft_labels"):
        with pytest.raises(UnreadableFile, match="written, not read"):
            get(name).read(None)  # type: ignore[arg-type]
