from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.exchange.offsets import Census, Unit, located, settled
from annotation.exchange.prodigy import Prodigy

TEXT = "Grüße 👩🏽‍🚀 an\r\nZoë!"
ENCODINGS = {Unit.UTF16: ("utf-16-le", 2), Unit.BYTES: ("utf-8", 1)}


def measured(text: str, offset: int, unit: Unit) -> int:
    """An offset in code points, as somebody who counts so would have written it."""
    if unit in ENCODINGS:
        encoding, width = ENCODINGS[unit]
        return len(text[:offset].encode(encoding)) // width
    return len(text[:offset].replace("\r\n", "\n")) if unit is Unit.LINES else offset


@given(text=st.text(st.sampled_from("aé🚲 \r\n"), min_size=1), data=st.data(), unit=st.sampled_from(Unit))
def test_every_unit_leads_back_to_code_points(text: str, data: st.DataObject, unit: Unit) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = measured(text, start, unit), measured(text, end, unit)
    if unit is Unit.LINES and (text[start - 1 : start + 1] == "\r\n" or text[end - 1 : end + 1] == "\r\n"):
        return  # Who counts so cannot point between CR and LF.
    assert located(text, first, last, unit) == (start, end)


@pytest.mark.parametrize(("start", "end"), [(7, 8), (-1, 3), (3, 3), (0, 99), (None, 2), (True, 2), ("x", 3), (0.5, 2)])
def test_offsets_that_lie_outside_or_cut_a_character_are_none(start: object, end: object) -> None:
    assert located("Grüße 🚲", start, end, Unit.UTF16) is None


def test_quotes_prove_the_unit_and_save_the_span_that_counts_otherwise() -> None:
    census = Census()
    for word in ("an", "Zoë"):
        start = TEXT.index(word)
        census.look(TEXT, measured(TEXT, start, Unit.UTF16), measured(TEXT, start + len(word), Unit.UTF16), word)
    assert census.unit is Unit.UTF16
    start = TEXT.index("Zoë")
    assert settled(TEXT, start, start + 3, "Zoë", census.unit) == (start, start + 3)
    assert settled(TEXT, start, start + 3, "Zoé", census.unit) is None
    assert settled(TEXT, "0", 5.0, "Grüße", census.unit) == (0, 5)


def test_without_quotes_one_odd_span_does_not_change_the_unit_but_a_file_of_them_does() -> None:
    census = Census()
    words = [(TEXT.index(word), TEXT.index(word) + len(word)) for word in ("an", "Zoë", "an", "Zoë")]
    for seen, (start, end) in enumerate(words):
        assert census.unit is (Unit.POINTS if seen < 3 else Unit.UTF16)
        census.look(TEXT, measured(TEXT, start, Unit.UTF16), measured(TEXT, end, Unit.UTF16), None)


def test_a_file_in_utf16_units_comes_in_and_a_span_that_fits_no_unit_is_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "annotated.jsonl"
    good = [_task("🚲 x " * n + "Berlin", "Berlin") for n in range(1, 5)]
    wrong = {"text": "no 🚲 here", "spans": [{"start": 3, "end": 9, "label": "X", "text": "wrong!"}]}
    path.write_text("".join(json.dumps(each) + "\n" for each in [*good, wrong]))
    *rows, last = Prodigy().read(path)
    assert [row.votes[0].answers["spans"][0]["text"] for row in rows] == ["Berlin"] * 4  # type: ignore[union-attr]
    assert last.votes[0].answers["spans"] == []  # type: ignore[union-attr]
    assert "lies nowhere" in last.losses[0]  # type: ignore[union-attr]


def _task(text: str, quote: str) -> dict[str, Any]:
    start = measured(text, text.index(quote), Unit.UTF16)
    return {"text": text, "spans": [{"start": start, "end": start + len(quote), "label": "CITY", "text": quote}]}
