"""Archives: what a .gz or .zip holds, unpacked beside it, with nothing in it trusted.

For whoever takes an upload in: `unpack` first, then `registry.detect` on what it gives, then `members.read_file` and
`members.preview_file`, which read one file and a folder of files alike. `size_of` and `remove` know both, too.
"""

from __future__ import annotations

import gzip
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import UnreadableFile, printable

MOST_MEMBERS = 10_000
MOST_BYTES = 4 << 30
# Text compresses 3 to 30 times, the same row over and over 100 times; deflate ends at 1,032.
MOST_RATIO, RATIO_FROM = 250, 32 << 20
_DIRECTORY_LIMIT = 16 << 20
_NAME_LIMIT = 300
_CHUNK = 1 << 20
# Argilla keeps what it asks in a folder whose name begins with a dot.
_SHOWN = (".argilla",)
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")


class Unpacked(NamedTuple):
    """`path`: a file, or a folder where the archive held several; `filename`: what to call and detect it by."""

    path: Path
    filename: str


def unpack(path: Path, filename: str, target: Path, limit: int = MOST_BYTES) -> Unpacked:
    """What an upload holds: itself where it is no archive, else its content at `target`, which must not exist yet.

    A gzip, or a zip of one file, becomes the file `target`; a zip of several a folder of that name, a common root
    folder left out, hidden files and those of macOS left behind. An Excel workbook stays what it is.
    The archive stays where it is: it is the caller's to remove. At most `limit` bytes are written.

    Raises UnreadableFile, with nothing left at `target`, for what is damaged or encrypted, for names that lead out of
    the folder, links, more than MOST_MEMBERS files, more than `limit` bytes, and for what was made to burst.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    try:
        if magic.startswith(_GZIP):
            return _gunzipped(path, filename, target, limit)
        if magic == _ZIP:
            return _unzipped(path, filename, target, limit)
    except BaseException:
        remove(target)
        raise
    return Unpacked(path, filename)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


def remove(path: Path) -> None:
    """Remove a file or a folder; it may be gone already."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


class _Allowance:
    """How much may still be written, by the archive's own size and by the limit."""

    def __init__(self, packed: int, limit: int) -> None:
        self._packed, self._limit, self._written = packed, limit, 0

    def copy(self, source: BinaryIO, target: Path) -> None:
        with target.open("xb") as file:
            while chunk := source.read(_CHUNK):
                self._written += len(chunk)
                if self._written > self._limit:
                    raise UnreadableFile(
                        _("The archive holds more than %(limit)s MB; unpack it and import its files one by one.")
                        % {"limit": number(self._limit >> 20)}
                    )
                if self._written > RATIO_FROM and self._written > self._packed * MOST_RATIO:
                    raise UnreadableFile(
                        _("The archive unpacks to more than %(ratio)s times its size; it is not read.")
                        % {"ratio": MOST_RATIO}
                    )
                file.write(chunk)


def _gunzipped(path: Path, filename: str, target: Path, limit: int) -> Unpacked:
    name = filename[:-3] if filename.lower().endswith(".gz") else filename
    if name.lower().endswith((".tar", ".tgz")):
        raise UnreadableFile(_("This is a tar archive; pack its files as a zip archive instead."))
    try:
        with gzip.open(path) as source:
            _Allowance(path.stat().st_size, limit).copy(source, target)  # type: ignore[arg-type]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(_("The gzip archive is damaged or cut off.")) from error
    with target.open("rb") as file:
        if file.read(4).startswith((_GZIP, _ZIP)):
            raise UnreadableFile(_("The archive holds another archive; unpack it first."))
    return Unpacked(target, name)


def _unzipped(path: Path, filename: str, target: Path, limit: int) -> Unpacked:
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if any(entry.filename == "[Content_Types].xml" for entry in entries):
                return Unpacked(path, filename)
            members = dict(_members(entries))
            if not members:
                raise UnreadableFile(_("The archive is empty."))
            allowance = _Allowance(path.stat().st_size, limit)
            if len(members) == 1:
                ((name, entry),) = members.items()
                with archive.open(entry) as source:
                    allowance.copy(source, target)  # type: ignore[arg-type]
                return Unpacked(target, name.name)
            root = _common_root(list(members))
            for name, entry in members.items():
                place = target.joinpath(*name.parts[root:])
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with archive.open(entry) as source:
                    allowance.copy(source, place)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
        raise UnreadableFile(_("The zip archive is damaged, or packed in a way that cannot be read.")) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise UnreadableFile(_("The archive holds two files of the same name.")) from error
    return Unpacked(target, filename)


def _check_directory(path: Path) -> None:
    """Refuse what has too many members before a list of them is made; its own count of them may be a lie."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557 - _LOCATOR_64.size))
        tail = file.read()
        start = tail.rfind(b"PK\x05\x06")
        if start < 0 or len(tail) - start < _END.size:
            raise UnreadableFile(_("The zip archive is damaged or cut off."))
        count, length = _END.unpack_from(tail, start)[4:6]
        locator = start - _LOCATOR_64.size
        if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
            file.seek(min(_LOCATOR_64.unpack_from(tail, locator)[2], size))
            record = file.read(_END_64.size)
            if len(record) < _END_64.size:
                raise UnreadableFile(_("The zip archive is damaged or cut off."))
            count, length = _END_64.unpack(record)[7:9]
    if count > MOST_MEMBERS or length > _DIRECTORY_LIMIT:
        raise UnreadableFile(
            _("The archive holds more than %(most)s files; that many are not unpacked.")
            % {"most": number(MOST_MEMBERS)}
        )


def _members(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    """The files of an archive by their safe names. Raises UnreadableFile for the first that is not safe."""
    if len(entries) > MOST_MEMBERS:
        raise UnreadableFile(
            _("The archive holds more than %(most)s files; that many are not unpacked.")
            % {"most": number(MOST_MEMBERS)}
        )
    seen = set()
    for entry in entries:
        raw = entry.orig_filename if "\0" in entry.orig_filename else entry.filename
        name = PurePosixPath(raw)
        shown = {"name": printable(raw, 80)}
        outside = raw.startswith(("/", "\\")) or "\\" in raw or "\0" in raw or ".." in name.parts or raw[1:2] == ":"
        if outside or len(raw.encode("utf-8", "replace")) > _NAME_LIMIT:
            raise UnreadableFile(_("“%(name)s” in the archive is no name that a file can be unpacked to.") % shown)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UnreadableFile(_("“%(name)s” in the archive is a link; links are not followed.") % shown)
        if entry.flag_bits & 1:
            raise UnreadableFile(_("The archive is encrypted; unpack it first."))
        if entry.is_dir() or any(_is_hidden(part) for part in name.parts):
            continue
        if name in seen:
            raise UnreadableFile(_("The archive holds two files of the same name."))
        seen.add(name)
        yield name, entry


def _is_hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part not in _SHOWN)


def _common_root(names: list[PurePosixPath]) -> int:
    """How many leading folders all of them share."""
    depth = 0
    while all(len(name.parts) > depth + 1 and name.parts[depth] == names[0].parts[depth] for name in names):
        depth += 1
    return depth
