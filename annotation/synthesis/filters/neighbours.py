"""The texts of a pool that are nearest to a text by ROUGE-L."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import Indel

from .tokens import tokens_of

MOST_WORDS = 400
SURROGATES = range(0xD800, 0xE000)
LETTERS = 0x110000 - len(SURROGATES)


class Neighbours:
    """ROUGE-L's F₁ is 2·LCS ÷ (m + n) over words, and so is the normalised similarity by insertions and deletions.

    So every word is made one character, and the whole pool is compared in compiled code. Of long texts the first 400
    words are compared.
    """

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}
        self._pool: list[str] = []

    def __len__(self) -> int:
        return len(self._pool)

    def catch_up(self, texts: Sequence[str]) -> None:
        """Add what a pool has gained since; a pool only grows."""
        self._pool += [self._spelled(text) for text in texts[len(self._pool) :]]

    def add(self, text: str) -> None:
        self._pool.append(self._spelled(text))

    def nearest(self, text: str, floor: float, spared: Sequence[str] = ()) -> tuple[float, int] | None:
        """(F₁, place in the pool) of the nearest text with at least `floor`, those aside that say what `spared` say."""
        query = self._spelled(text)
        if not query:
            return None
        apart = {self._spelled(each) for each in spared}
        found = process.extract(
            query, self._pool, scorer=Indel.normalized_similarity, processor=None, score_cutoff=floor, limit=None
        )
        return next(((score, place) for said, score, place in found if said and said not in apart), None)

    def _spelled(self, text: str) -> str:
        return "".join(self._letter(token) for token in tokens_of(text)[:MOST_WORDS])

    def _letter(self, token: str) -> str:
        if token not in self._letters:
            number = len(self._letters) % LETTERS
            self._letters[token] = chr(number if number < SURROGATES.start else number + len(SURROGATES))
        return self._letters[token]


def rouge_l(first: str, second: str) -> float:
    """F₁ in [0, 1] (Lin 2004, “ROUGE”)."""
    return Indel.normalized_similarity(tokens_of(first), tokens_of(second))
