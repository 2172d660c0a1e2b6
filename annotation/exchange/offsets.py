"""What the offsets of a file's spans count: every tool has its own idea of a character, and some change it on the way.

Ours are Unicode code points. Browsers count UTF-16 units (Label Studio before 1.5, its issue 1347; Argilla, 5729), some
programs bytes, and browsers that show a line's end as one character count CR LF as one (Label Studio's issue 539).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from itertools import accumulate

# Spans in texts that units count differently: so many tell what the file's unit is.
ENOUGH = 1_000


class Unit(Enum):
    """What one step of an offset is; the first that fits is preferred."""

    POINTS = "code points"
    UTF16 = "UTF-16 units"
    BYTES = "UTF-8 bytes"
    LINES = "code points, CR LF as one"


def located(text: str, start: object, end: object, unit: Unit) -> tuple[int, int] | None:
    """The stretch in code points; None where the offsets are none, lie outside or cut a character in two."""
    # Some tools write whole numbers as 5.0 or "5".
    first, last = _whole(start), _whole(end)
    if first is None or last is None or not 0 <= first < last:
        return None
    if unit is Unit.POINTS or _same_in(text, unit):
        return (first, last) if last <= len(text) else None
    steps = _steps(text, unit)
    low, high = bisect_right(steps, first) - 1, bisect_right(steps, last) - 1
    return (low, high) if steps[low] == first and steps[high] == last else None


class Census:
    """Which unit a file's offsets are in, by the spans met so far."""

    def __init__(self) -> None:
        # Evidence where units disagree: quotes prove, ends of words only suggest.
        self._proofs: Counter[Unit] = Counter()
        self._hints: Counter[Unit] = Counter()
        self._unit: Unit | None = Unit.POINTS
        self._seen = 0

    def look(self, text: str, start: object, end: object, quote: str | None) -> None:
        if self._seen >= ENOUGH or all(_same_in(text, unit) for unit in Unit):
            return
        self._seen += 1
        places = {unit: located(text, start, end, unit) for unit in Unit}
        if len(set(places.values())) == 1:
            return
        self._unit = None
        for unit, place in places.items():
            if place is None:
                continue
            if quote is not None:
                self._proofs[unit] += _quotes(text, place, quote)
            else:
                self._hints[unit] += _is_of_words(text, place)

    @property
    def unit(self) -> Unit:
        if self._unit is None:
            self._unit = self._likeliest()
        return self._unit

    def _likeliest(self) -> Unit:
        if self._proofs.total():
            return max(Unit, key=lambda unit: self._proofs[unit])
        # Without quotes files are trusted to count as documented, unless that would cut most words in two.
        likeliest = max(Unit, key=lambda unit: self._hints[unit])
        return likeliest if self._hints[likeliest] >= max(3, 3 * self._hints[Unit.POINTS]) else Unit.POINTS


def settled(text: str, start: object, end: object, quote: str | None, usual: Unit) -> tuple[int, int] | None:
    """Where a span lies: in the file's usual unit, or in any other under which it says what it quotes.

    Without a quote nothing can vouch for another unit; None where it fits in none.
    """
    place = located(text, start, end, usual)
    if quote is None or (place and _quotes(text, place, quote)):
        return place
    others = (located(text, start, end, unit) for unit in Unit if unit is not usual)
    return next((other for other in others if other and _quotes(text, other, quote)), None)


def _quotes(text: str, place: tuple[int, int], quote: str) -> bool:
    found = text[place[0] : place[1]]
    # Browsers normalise white space, and Label Studio writes a line's end as a backslash and an n.
    return found == quote or found.split() == quote.replace("\\n", "\n").split()


def _is_of_words(text: str, place: tuple[int, int]) -> bool:
    """Whether it begins and ends where words do, as what people mark mostly does."""
    start, end = place
    stretch = text[start:end]
    if stretch.strip() != stretch:
        return False
    inside_first = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    inside_last = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not (inside_first or inside_last)


def _whole(raw: object) -> int | None:
    if type(raw) is int:
        return raw
    if isinstance(raw, str) and len(raw) < 12 and raw.isdecimal():
        return int(raw)
    return int(raw) if isinstance(raw, float) and raw.is_integer() else None


def _same_in(text: str, unit: Unit) -> bool:
    """Whether the unit counts this text as code points do."""
    match unit:
        case Unit.LINES:
            return "\r\n" not in text
        case Unit.UTF16:
            return text.isascii() or max(text) <= "\uffff"
        case Unit.BYTES:
            return text.isascii()
    return True


@lru_cache(maxsize=8)
def _steps(text: str, unit: Unit) -> list[int]:
    """How far the unit has counted before each code point, and at the end."""
    widths: Iterable[int]
    match unit:
        case Unit.UTF16:
            widths = (2 if character > "\uffff" else 1 for character in text)
        case Unit.BYTES:
            widths = (len(character.encode("utf-8", "surrogatepass")) for character in text)
        case _:
            # The LF of a CR LF is no step.
            widths = (not (after == "\n" and before == "\r") for before, after in zip("\0" + text, text, strict=False))
    return list(accumulate(map(int, widths), initial=0))
