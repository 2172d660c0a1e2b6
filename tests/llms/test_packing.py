"""Token trees and batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from annotation.llms.packing import batches, build_tree


def test_single_token_options_need_no_extra_tokens() -> None:
    assert len(build_tree([(1,), (2,)]).tokens) == 0


def test_shared_beginnings_are_read_once() -> None:
    tree = build_tree([(1, 2, 3), (1, 2, 4), (1,)])
    assert tree.tokens.tolist() == [1, 2]
    assert tree.steps == (((0, 1), (1, 2), (2, 3)), ((0, 1), (1, 2), (2, 4)), ((0, 1),))
    assert tree.ancestors.tolist() == [[True, False], [True, True]]


@given(st.lists(st.integers(0, 300)), st.integers(0, 20), st.integers(1, 2_000), st.integers(1, 16))
def test_every_prompt_is_in_one_batch_within_the_limits(lengths: list[int], extra: int, budget: int, rows: int) -> None:
    found = list(batches(lengths, extra=extra, budget=budget, rows=rows))
    assert sorted(position for batch in found for position in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) <= rows
        width = max(lengths[position] for position in batch) + extra
        assert len(batch) == 1 or width * len(batch) <= budget
