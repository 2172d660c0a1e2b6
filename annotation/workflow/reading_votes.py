"""Read the files that a command is given, of votes and of known answers, and tell which of their lines are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from annotation.exchange import UnreadableFile
from annotation.exchange.known_items import KnownItems, read_known_items
from annotation.exchange.votes import VoteTable, read_votes

from .errors import Refused

# A model's name begins so, where it is not given.
PREFIXES = ("model:", "llm:")
# Of more sentences about lines of a file the first are told.
MOST_TOLD = 20

Tell = Callable[[str], object]


def votes_in(path: Path, tell: Tell) -> VoteTable:
    """The votes of a file; `tell` hears which lines were left out. Raises Refused where there are none to read."""
    with _readable(path):
        table = read_votes(path)
    told = [f"Line {bad.line} is left out: {bad.reason}" for bad in table.bad]
    told += [f"Line {line}: the same annotator answered this item before; the last counts." for line in table.repeated]
    tell_first(tell, told)
    return table


def known_in(path: Path, tell: Tell) -> KnownItems:
    """The known answers of a file, as `votes_in`."""
    with _readable(path):
        known = read_known_items(path)
    tell_first(tell, [f"{path.name}, line {bad.line} is left out: {bad.reason}" for bad in known.bad])
    return known


def tell_first(tell: Tell, sentences: Sequence[str]) -> None:
    """The first of them one by one, and how many more there are."""
    for sentence in sentences[:MOST_TOLD]:
        tell(sentence)
    if len(sentences) > MOST_TOLD:
        tell(f"… and {len(sentences) - MOST_TOLD:,} more like these.")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnreadableFile as error:
        raise Refused(str(error)) from error
