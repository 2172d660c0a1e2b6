"""What a format answers of which files are written, and never read."""

from __future__ import annotations

from pathlib import Path

from annotation.questions.speech import gettext as _

from .base import Preview, Reading, UnreadableFile


class WriteOnly:
    """The reading half of a `Format`."""

    reads = False

    def sniff(self, head: bytes, filename: str) -> float:
        return 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        raise UnreadableFile(self._why_not())

    def read(self, path: Path, start_after: int = 0) -> Reading:
        raise UnreadableFile(self._why_not())

    def _why_not(self) -> str:
        return _("Files of this format are written, not read.")
