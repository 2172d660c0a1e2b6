"""A Reading made of something that is read: the lines of a file, or another Reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from .base import BadRow, Row


class Source(Protocol):
    """What is read, and how far."""

    size: int

    @property
    def position(self) -> int: ...

    def close(self) -> None: ...


Read = TypeVar("Read", bound=Source)


class ReadingOf(Generic[Read]):
    """The verdicts that are made of a source; closes it at the end."""

    def __init__(self, source: Read, verdicts: Callable[[Read], Iterator[Row | BadRow]]) -> None:
        self.size = source.size
        self._source = source
        self._verdicts = verdicts(source)

    @property
    def position(self) -> int:
        return self._source.position

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        try:
            return next(self._verdicts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._source.close()
