"""Hand a file out over HTTP: whole, or the part that an interrupted download still lacks (RFC 9110, §13 and §14)."""

from __future__ import annotations

import io
import re
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from .downloading import Download

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})\Z")


def serve(download: Download, request: HttpRequest) -> HttpResponseBase:
    """200 with all of it, 206 with the range asked for, 304 where the client has it, 416 for a range outside of it.

    Of several ranges none is served: all of the file is an answer to any request (§14.2).
    """
    headers = download.headers
    if _has_it(request.headers.get("If-None-Match", ""), download):
        download.file.close()
        return HttpResponse(status=304, headers=headers)
    asked = request.headers.get("Range", "") if request.method in ("GET", "HEAD") else ""
    if request.headers.get("If-Range", download.etag) != download.etag:
        # What the client has is part of another file.
        asked = ""
    match = _RANGE.match(asked.strip())
    if not match or match.groups() == ("", ""):
        return _respond(download, download.file, 0, download.size, 200)
    first, last = _bounds(match[1], match[2], download.size)
    if first >= download.size or last < first:
        download.file.close()
        return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{download.size}"})
    return _respond(download, download.file, first, last + 1, 206)


def _has_it(if_none_match: str, download: Download) -> bool:
    held = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return download.etag in held or held == ["*"]


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Both included. “-500” are the last 500 bytes; “500-” all from there on."""
    if not first:
        return max(0, size - int(last)), size - 1 if int(last) else -1
    return int(first), min(int(last), size - 1) if last else size - 1


def _respond(download: Download, file: BinaryIO, start: int, end: int, status: int) -> FileResponse:
    response = FileResponse(
        Part(file, start, end),
        as_attachment=True,
        filename=download.name,
        content_type=download.media_type,
        headers=download.headers,
        status=status,
    )
    response.headers["Content-Length"] = str(end - start)
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{download.size}"
    return response


class Part(io.RawIOBase):
    """The bytes of a file from `start` up to `end`; closing it closes the file."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._file, self._left = file, end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._file.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
