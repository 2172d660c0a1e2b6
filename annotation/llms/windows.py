"""How much of a text is tokenised, and how a long one is read in windows that overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

# More than any real token has: what lies beyond so many characters lies beyond the tokens too.
CHARACTERS_PER_TOKEN = 32


def encode_windows(
    tokenizer: Any, texts: Sequence[str], *, longest: int, stride: int, most: int
) -> tuple[Any, list[list[int]]]:
    """The encoding of all windows with their offsets, and per text the rows of its first `most`.

    `longest`: tokens of a window; `stride`: of them, those that the next one reads again.
    """
    # Cut before tokenising, so that ten megabytes in one field cost no more than a book's page.
    encoded = tokenizer(
        [text[: longest * CHARACTERS_PER_TOKEN * most] for text in texts],
        truncation=True,
        max_length=longest,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    windows: list[list[int]] = [[] for _ in texts]
    for row, text in enumerate(encoded["overflow_to_sample_mapping"]):
        if len(windows[text]) < most:
            windows[text].append(row)
    return encoded, windows


def words_of(encoded: Any, row: int) -> Iterator[tuple[int, tuple[int, int], list[int]]]:
    """Of each word in a window: its number in the text, its place in code points, the positions of its tokens."""
    places = encoded["offset_mapping"][row]
    tokens: dict[int, list[int]] = {}
    for position, word in enumerate(encoded.word_ids(row)):
        if word is not None:
            tokens.setdefault(word, []).append(position)
    for word, positions in tokens.items():
        yield word, (int(places[positions[0]][0]), int(places[positions[-1]][1])), positions
