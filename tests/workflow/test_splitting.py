from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pytest

from annotation.workflow.errors import Refused
from annotation.workflow.splitting import clean_splits, split_of


def test_shares_are_kept_and_content_decides() -> None:
    splits = {"train": 0.8, "validation": 0.1, "test": 0.1}
    hashes = [hashlib.sha256(str(number).encode()).digest() for number in range(5_000)]
    counts = Counter(split_of(each, splits) for each in hashes)
    assert abs(counts["train"] / 5_000 - 0.8) < 0.03
    assert abs(counts["test"] / 5_000 - 0.1) < 0.03
    assert [split_of(each, splits) for each in hashes] == [split_of(each, dict(splits)) for each in hashes]


def test_the_last_bit_belongs_to_the_last_split() -> None:
    assert split_of(b"\xff" * 32, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}) == "c"


@pytest.mark.parametrize("raw", [{"a": 0.5}, {"a": 1.5}, {"a": 0, "b": 1}, {"a": True}, {"": 1}, {"a/b": 1}])
def test_shares_that_do_not_add_up_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        clean_splits(raw)
