from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pytest

from annotation.workflow.errors import Refused
from annotation.workflow.splitting import Strata, clean_splits, split_of


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


def hashes(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


def test_every_split_has_the_shares_of_every_stratum_to_within_one_family() -> None:
    splits = {"train": 0.7, "validation": 0.1, "test": 0.2}
    sizes = {"a": 4_000, "b": 333, "c": 10, "d": 1}
    strata, members = Strata(seed=7), {}
    for family, content in enumerate(hashes(sum(sizes.values()) + 500)):
        label = next((name for name, end in ends(sizes) if family < end), None)
        strata.add(family, content, label)
        members.setdefault(label, []).append(family)
    drawn = strata.drawn(splits)
    for label, families in members.items():
        counts = Counter(drawn.splits_of(families))
        assert sum(counts.values()) == len(families)
        for name, share in splits.items():
            assert abs(counts[name] - share * len(families)) <= 1, (label, name)


def ends(sizes: dict[str, int]) -> list[tuple[str, int]]:
    names = list(sizes)
    return [(name, sum(sizes[each] for each in names[: place + 1])) for place, name in enumerate(names)]


def test_a_family_is_drawn_once_by_the_label_that_is_met_first() -> None:
    def drawn(labels: list[str | None]) -> list[str]:
        strata = Strata()
        for number, content in enumerate(hashes(40)):
            strata.add(1 if number in (3, 9, 12) else 100 + number, content, "x" if number % 2 else "y")
        for label in labels:
            strata.add(1, hashes(1)[0], label)
        return strata.drawn({"train": 0.5, "test": 0.5}).splits_of(
            [1, *(100 + n for n in range(40) if n not in (3, 9, 12))]
        )

    assert drawn([]) == drawn(["y"]) == drawn([None])


def test_a_seed_draws_anew_and_the_same_seed_draws_the_same() -> None:
    splits = {"train": 0.5, "test": 0.5}
    drawn = [[split_of(each, splits, seed) for each in hashes(200)] for seed in (0, 1, 1, 2)]
    assert drawn[1] == drawn[2]
    assert len({tuple(each) for each in drawn}) == 3
