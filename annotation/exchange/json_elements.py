"""The records of a JSON document, one at a time and as they stand, in bounded memory.

A document is a list of records, records one after the other, or an object of which one key holds the list. Where a
record ends is told by its brackets and quotes alone, so one that is no JSON costs itself and not the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from annotation.questions.speech import gettext as _

from .base import UnreadableFile
from .lines import LINE_LIMIT, TextFile

# Keys under which files keep their records, the rest of the object being about the file.
WRAPPERS = ("data", "items", "records", "rows", "examples", "instances", "results", "tasks", "entries")

_CHUNK = 1 << 18
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Up to and including the next bracket, whole strings passed over.
_PLAIN = rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+"
_TO_BRACKET = re.compile(_PLAIN + rb"([\[\]{}])", re.S)
# The same for as many of them as open, or close, in a row.
_TO_BRACKETS = re.compile(_PLAIN + rb"([\[{]++|[\]}]++)", re.S)
_WHOLE_STRING = re.compile(_STRING, re.S)
_SCALAR = re.compile(_STRING + rb"|[^\",\[\]{}\s]++(?=[,\]\s])", re.S)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.S)
_WRAPPED = re.compile(rb'"(' + "|".join(WRAPPERS).encode() + rb')"\s*:\s*\[\Z')
_ALONE = re.compile(rb"\s*\{\s*\Z")
_EXCERPT = 1_000


class Element(NamedTuple):
    """`data`: a record as the file has it, UTF-8 but perhaps no JSON; `number`: which one it is, from 1.

    `flaw`: why it cannot be read, "" where it can be tried; `beside`: the document says more than its records.
    """

    number: int
    data: bytes
    flaw: str = ""
    beside: bool = False


class JsonElements(TextFile):
    """The records of a JSON document. Raises UnreadableFile where it holds no list and no object."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        # What was read and not used yet begins at `_at`; cutting it off each time would copy it each time.
        self._buffer, self._at = b"", 0
        self._ended = False

    def __iter__(self) -> Iterator[Element]:
        opening = self._skip_blank()
        if opening not in (b"[", b"{"):
            raise UnreadableFile(_("The file is no list of JSON objects.") if opening else _("The file is empty."))
        if opening == b"[":
            self._at += 1
            return self._list(beside=False)
        beside = self._enter_wrapped()
        return self._objects() if beside is None else self._list(beside=beside)

    def _objects(self) -> Iterator[Element]:
        number = 0
        while opening := self._skip_blank(b" \t\r\n,"):
            number += 1
            if opening != b"{":
                yield Element(number, self._excerpt(), _("There is something here that is no JSON object."))
                return
            yield self._take(number)

    def _enter_wrapped(self) -> bool | None:
        """Go to where the list of records begins in the first object: whether something stands before it.

        None, and nothing is passed over, where none of the object's first keys holds one.
        """
        while len(self._buffer) - self._at < _CHUNK and self._more():
            pass
        depth, place = 0, self._at
        while found := _TO_BRACKET.match(self._buffer, place):
            place = found.end()
            if found[1] in b"[{":
                depth += 1
                if depth == 2 and found[1] == b"[" and (key := _WRAPPED.search(self._buffer, self._at, place)):
                    beside = not _ALONE.match(self._buffer[self._at : key.start()])
                    self._at = place
                    return beside
            else:
                depth -= 1
                if not depth:
                    return None
        return None

    def _list(self, *, beside: bool) -> Iterator[Element]:
        """The elements up to the list's end, from just behind its opening bracket."""
        number, flaw = 0, ""
        while not flaw:
            opening = self._skip_blank(b" \t\r\n,")
            number += 1
            if opening == b"]":
                self._at += 1
                if self._skip_blank(b" \t\r\n}"):
                    yield Element(number, self._excerpt(), _("What follows the list of records was not read."))
                return
            if not opening:
                element = Element(number, b"", _("The file is cut off: its list of records does not end."))
            elif opening in b"{[":
                element = self._take(number)._replace(beside=beside and number == 1)
            else:
                data = self._scalar()
                element = Element(number, self._excerpt(), _unbalanced()) if data is None else Element(number, data)
            flaw = element.flaw if element.flaw != _too_long() else ""
            yield element

    def _take(self, number: int) -> Element:
        """The element that begins here, up to the bracket that closes it."""
        depth, place = 0, self._at
        while True:
            found = _TO_BRACKETS.match(self._buffer, place)
            if found:
                depth, place = _after(found, depth)
                if not depth:
                    data, self._at = self._buffer[self._at : place], place
                    too_long = len(data) > LINE_LIMIT
                    return Element(number, data[:_EXCERPT], _too_long()) if too_long else Element(number, data)
            elif len(self._buffer) - self._at > LINE_LIMIT:
                start = self._excerpt()
                closed = self._skip_element(depth, place)
                return Element(number, start, _too_long() if closed else _unbalanced())
            else:
                place -= self._at
                if not self._more():
                    start = self._excerpt()
                    self._at = len(self._buffer)
                    return Element(number, start, _unbalanced())
                place += self._at

    def _skip_element(self, depth: int, place: int) -> bool:
        """Pass over what is left of an element, `depth` brackets being open; whether its end was found."""
        self._at = place
        while True:
            while found := _TO_BRACKETS.match(self._buffer, self._at):
                depth, self._at = _after(found, depth)
                if not depth:
                    return True
            quote = self._open_quote()
            self._at = len(self._buffer) if quote is None else quote + 1
            if (quote is not None and not self._skip_string()) or (quote is None and not self._more()):
                return False

    def _open_quote(self) -> int | None:
        """Where the string begins that does not end in the buffer, which has no bracket outside strings any more."""
        place = self._at
        while (place := self._buffer.find(b'"', place)) >= 0:
            found = _WHOLE_STRING.match(self._buffer, place)
            if not found:
                return place
            place = found.end()
        return None

    def _skip_string(self) -> bool:
        """Pass over the rest of a string, in which the buffer begins; whether it ends."""
        while not (found := _STRING_REST.match(self._buffer, self._at)):
            rest = self._buffer[self._at :]
            # A backslash at the very end may belong to a quote that is yet to come.
            self._at = len(self._buffer) - (len(rest) - len(rest.rstrip(b"\\"))) % 2
            if not self._more():
                return False
        self._at = found.end()
        return True

    def _scalar(self) -> bytes | None:
        """A number, word or string in the list, up to the comma or bracket behind it; None where it does not end."""
        while not (found := _SCALAR.match(self._buffer, self._at)):
            if len(self._buffer) - self._at > LINE_LIMIT or not self._more():
                return None
        self._at = found.end()
        return found[0]

    def _skip_blank(self, blank: bytes = b" \t\r\n") -> bytes:
        """The next byte that counts, which stays; b"" at the end of the file."""
        while True:
            while (byte := self._buffer[self._at : self._at + 1]) and byte in blank:
                self._at += 1
            if byte or not self._more():
                return byte

    def _excerpt(self) -> bytes:
        return self._buffer[self._at : self._at + _EXCERPT]

    def _more(self) -> bool:
        """Read on; whether there was more."""
        chunk = b"" if self._ended else self.stream.read(_CHUNK)
        self._ended = not chunk
        if chunk:
            self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)


def _after(found: re.Match[bytes], depth: int) -> tuple[int, int]:
    """(brackets open, place) behind the brackets found, or behind the one that closes the last open one."""
    run = found[1]
    if run[0] in b"[{":
        return depth + len(run), found.end()
    closed = min(depth, len(run))
    return depth - closed, found.start(1) + closed


def _too_long() -> str:
    return _("The record is longer than %(limit)s MB.") % {"limit": LINE_LIMIT // 1_000_000}


def _unbalanced() -> str:
    return _("From here on the file cannot be read: brackets or quotes are not closed.")
